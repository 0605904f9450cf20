"""BibTeX entries → paper records: what an entry says is kept, what it does not say is asked, and nothing is made up.

A file goes through these modules, each of which does one thing:

| Module | From | To |
|---|---|---|
| `decoding` | bytes | text |
| `entries` | text | entries with their fields, and what cannot be read |
| `crossref` | entries | entries with what they inherit from others |
| `latex` | the TeX of a field | plain text and addresses |
| `people`, `when`, `identifiers`, `venue` | fields | authors, date, ids, place of publication |
| `facts` | an entry | the facts of a paper |
| `recognise` | facts | the record that the catalog has of it |
| `record` | facts | id and YAML of a new record |
| `plan` | a file | everything that an import would do |
"""
