"""The archive: all SQL of the project and nothing else.

`database` opens and `migrations` upgrades, `tables` says what is stored, `work` is one write
transaction. In it `keeping` keeps releases, `fulltext` and `fields` what they are found by, `sources`
what is to be polled and read, `rules` the rules and channels, `outbox` what is to be delivered.
`archive` and `search` answer, `due` says whether there is anything to do, `checkup` whether all is whole.
"""
