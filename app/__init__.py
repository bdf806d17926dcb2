"""What people touch: the `tongwen` command and the Streamlit pages. No SQL, no FAISS, no model."""
