from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


@pytest.fixture
def refusal():
    """The words with which a folder or name is refused."""
    from headkb.errors import ModelError
    from headkb.models import load_model

    def words(*args, **options) -> str:
        with pytest.raises(ModelError) as caught:
            load_model(*map(str, args), **options)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return words
