// What is kept, until when, and who swept it.
