"""Keep the CRM integration settings of Bulutsantralim santrals as code."""

__version__ = "0.2.0"
