"""The reference: one model, one ModelForm, one view, as Django's tutorial has them. No audit."""
