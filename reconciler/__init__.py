"""Keep the CRM integration settings of Bulutsantralim santrals as code."""

__version__ = "0.1.0"
