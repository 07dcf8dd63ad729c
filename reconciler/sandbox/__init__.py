"""The stand-in for the API: the same program, no key, no network, nothing at risk.

It answers as the vendor's page says. Beyond that page it **assumes** the following, none of which
anybody on this project could check against the real API:

- A santral that was never set up has every switch off and a ``notification_url`` of null.
- A switch that a POST leaves out keeps its value; an empty ``notification_url`` is refused with
  400, as are a missing one and a switch that is neither ``on`` nor ``off``. The refusals' texts
  (other than ``Gecersiz anahtar``) are its own: the short ones in the style of sister endpoints,
  sentences in the language of the process that serves it.
- A refused key is answered with 400, though sister endpoints use 401 for the same text.
- Nothing is normalised: the URL reads back as it was sent.
- Parameters may stand in the query or in a form body; where both have one, the body's counts.
- The rate limit counts all requests of a key, and 429 comes with ``Retry-After``.
- With URL checks on, only a changed URL is tested, the test may take 10 seconds, and any status
  from 200 to 299 is the success that the vendor wants.
- Another path is answered with 404, another method with 405, both as plain text.
"""
