"""`manage.py create_key`: a key is printed once, and only its digest is kept."""

import hashlib
import io

import pytest
from django.core.management import CommandError, call_command
from django.forms.models import model_to_dict

from pipelines.keys import pipeline_of
from pipelines.models import ApiKey, Pipeline
from tests.pipelines.conftest import NOW

pytestmark = pytest.mark.django_db


def created(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("create_key", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_key_alone_is_printed_and_opens_the_pipeline(pipeline: Pipeline) -> None:
    printed, said = created(pipeline.slug, "--label", "night job")
    key = printed.strip()
    assert printed == f"{key}\n"
    assert said == ""
    assert pipeline_of(key) == pipeline


def test_only_a_digest_of_the_key_is_kept(pipeline: Pipeline) -> None:
    key = created(pipeline.slug)[0].strip()
    kept = ApiKey.objects.get()
    assert kept.digest == hashlib.sha256(key.encode()).hexdigest()
    assert key.startswith(kept.prefix)
    assert len(key) - len(kept.prefix) >= 32
    assert key not in str(model_to_dict(kept)) + str(kept)


def test_every_key_is_another(pipeline: Pipeline) -> None:
    assert len({created(pipeline.slug)[0] for _ in range(3)}) == 3


def test_a_pipeline_that_is_not_there_is_made_and_said_so_beside_the_key() -> None:
    printed, said = created("morning-digest")
    assert pipeline_of(printed.strip()) == Pipeline.objects.get(slug="morning-digest")
    assert "morning-digest" in said


@pytest.mark.parametrize("arguments", [["No Slug"], [""], ["x" * 51], ["digest", "--label", "x" * 101]])
def test_what_cannot_be_kept_is_refused_and_nothing_is_made(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        created(*arguments)
    assert not Pipeline.objects.exists()


def test_a_revoked_key_opens_nothing(pipeline: Pipeline) -> None:
    key = created(pipeline.slug)[0].strip()
    ApiKey.objects.update(revoked_at=NOW)
    assert pipeline_of(key) is None
