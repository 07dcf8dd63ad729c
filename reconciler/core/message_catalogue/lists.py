"""What is wrong with a list of santrals (CSV), and with adding to files that hold secrets.

A cell is never quoted, since any may be a key; columns are counted from 1.
"""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "list-cell-hidden": (
        "Column {column} has a hidden character here ({character}). Delete it, or type the "
        "cell anew."
    ),
    "list-cell-key": (
        "Column {column} holds what looks like a key, or has one in it. Are two columns swapped? "
        "Keys belong only into the column of keys."
    ),
    "list-cell-long": "Column {column} has more than {most} characters here. Shorten it.",
    "list-empty": (
        "There is no santral in this list. Write headings into its first row (name;key or "
        "ad;anahtar), and a santral into each row below."
    ),
    "list-encoding": (
        "There is a character here that cannot be read. Save the list anew, in Excel with Save As "
        'and the type "CSV UTF-8".'
    ),
    "list-heading-key": ("No column has keys. Write key (or anahtar) above the one that has them."),
    "list-heading-name": (
        "No column has names. Write name (or ad, isim, santral) above the one that has them."
    ),
    "list-heading-repeated": (
        "The headings of columns {first} and {second} mean the same. Change one of them."
    ),
    "list-headings-missing": (
        "This row has no headings. The first row of a list says what its columns hold: write name "
        "(or ad, isim, santral) above the names, and key (or anahtar) above the keys."
    ),
    "list-key-empty": "There is no key in this row. Write it there, or delete the row.",
    "list-key-malformed": (
        "The key in this row cannot be an API key. A key has 8 to 256 printable ASCII characters "
        "without spaces or quotes. Was all of it copied, and nothing else?"
    ),
    "list-key-placeholder": (
        "The key in this row is still the placeholder from the documentation. Replace it with the "
        "key from the panel: Online İşlem Merkezi, Bulut Santralim, Santral Ayarlarım."
    ),
    "list-key-quoted": "The key in this row stands in quotes. Remove them: no key has any.",
    "list-key-repeated": (
        "The key in this row is also in the one that begins at line {first}. Each santral has a "
        "key of its own."
    ),
    "list-key-rounded": (
        "Excel has rounded the key in this row as if it were a number, so its end is lost. Format "
        "the column as text, and copy the key from the panel again."
    ),
    "list-key-spaced": (
        "The key in this row has a space, a line break or a hidden character in it. No key has "
        "any. Does the cell hold more than the key?"
    ),
    "list-label-left-out": (
        "Nothing in column {column} of this row can stand in a label, so it has none. A label has "
        "letters, digits, hyphens, dots and underscores."
    ),
    "list-label-missing": (
        "There is no column {label} for a label of this name. Write its heading as it is in the "
        "list."
    ),
    "list-label-taken": (
        "{label} cannot be a label: names, keys and descriptions of santrals have columns of this "
        "name."
    ),
    "list-long": "This list has more than {most} santrals. Split it.",
    "list-name-empty": "There is no name in this row. Write one, or delete the row.",
    "list-name-numbered": (
        "This santral is called {name}, since another one in the list has its name already."
    ),
    "list-name-unusable": (
        "The name in this row has neither a Latin letter nor a digit. Write one that has."
    ),
    "list-quote-open": (
        "A quote in this row is not closed, or has something behind it, so it is not known where "
        "the row ends. Write each quote within a cell twice, and one at its beginning and at its "
        "end."
    ),
    "list-row-long": (
        "This row has {cells} cells, but only {headings} columns have headings. A comma, a "
        "semicolon or a tab within a cell needs quotes around the cell."
    ),
    "list-row-quotes": (
        "A quote in this row is not closed, or has something behind it. Write each quote within a "
        "cell twice, and one at its beginning and at its end."
    ),
    "list-workbook": (
        "This is an Excel workbook, not CSV. Open it in Excel and save it with Save As and the "
        'type "CSV UTF-8".'
    ),
    "private-conflict": (
        "Something else stands there already for {names}. Remove what is not right, or name "
        "another file."
    ),
    "private-conflict-more": (
        "Something else stands there already for {names} and {more} more. Remove what is not "
        "right, or name another file."
    ),
    "private-exposed": (
        "Other users of this machine may read or change it. Take that permission away with "
        '"chmod 600 {argument}".'
    ),
    "private-json": "It holds a JSON object, to which no lines can be added. Name another file.",
    "private-odd": (
        "The line of {names} has, or begins with, a character that such a file cannot hold."
    ),
    "private-odd-more": (
        "The lines of {names} and {more} more have, or begin with, a character that such a file "
        "cannot hold."
    ),
    "private-unread": (
        "With what is to be added, it would not be read as it is meant. Name another file."
    ),
    "private-unwritten": "Nothing was added to {path}.",
}
