"""The pages, one file each; `app/main_page.py` lists them."""
