"""The whole report as documents: a tagged PDF, a Word file, and tables with hashtags, from the executed notebooks."""

from ctresearch.documents.blocks import Document, Heading, Items, Paragraph, Picture, Run, Table
from ctresearch.documents.hxl import tag_column, write_tagged
from ctresearch.documents.making import PDF, TAGGED, WORD, make_documents, read_document
from ctresearch.documents.reading import Reader
from ctresearch.documents.typeset import draw_images, write_pdf
from ctresearch.documents.word import write_word

__all__ = [
    "PDF",
    "TAGGED",
    "WORD",
    "Document",
    "Heading",
    "Items",
    "Paragraph",
    "Picture",
    "Reader",
    "Run",
    "Table",
    "draw_images",
    "make_documents",
    "read_document",
    "tag_column",
    "write_pdf",
    "write_tagged",
    "write_word",
]
