"""From the wire to releases.

`fetch` alone speaks to the network; everything else here is pure and picklable. A page becomes a
release in four steps: `page` decodes it, a wire's parser (or the generic one) cuts it into a
`Clipping`, `zones` and `datelines` take the text apart, `parse` puts the release together. What is
no release leaves as a named reject.
"""
