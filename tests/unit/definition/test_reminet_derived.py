"""REMINET's derived items and skip logic: assessments, baseline, laboratory, injections."""

from tests.unit.definition.test_reminet_checks import EOT, SCR, fired, made


def lesions(*mm):
    return [{"id": f"r{i}"} | ({"mm": one} if isinstance(one, str) else one)
            for i, one in enumerate(mm, 1)]  # fmt: skip


def assessed(reminet, *mm, earlier=(), **answers):
    base = {"imaging_date": "2019-08-09", "modality": "CT", "non_target": "NON_CR_NON_PD"}
    return made(
        reminet,
        "RECIST",
        base | {"new_lesions": "no", "targets": lesions(*mm)} | answers,
        earlier=earlier,
        previous=earlier[-1] if earlier else None,
    )


def test_the_assessment_of_the_design(reminet):
    """Baseline 108, smallest 91, now 111: +20 mm and +22.0 % give progression."""
    first = assessed(reminet, "31", "24", "20", "16", imaging_date="2019-05-09").answers
    assert (first["sum_mm"], first["target_response"], first["computed"]) == ("91.0", "SD", "SD")
    now = assessed(reminet, "40", "30", "22", "19", earlier=[first], response="SD")
    assert now.answers["sum_mm"] == "111.0"
    assert now.answers["smallest_sum"] == "91.0"
    assert now.answers["change_smallest_pct"] == "22.0"
    assert now.answers["change_smallest_mm"] == "20.0"
    assert now.answers["computed"] == "PD"
    assert now.answers["targets"][0]["smallest_mm"] == "31.0"
    assert now.answers["targets"][0]["change_smallest"] == "29"
    assert now.answers["targets"][0]["site"] == "VI"
    found = next(one for one in now.findings if one.check == "differs")
    assert found.severity == "soft"
    assert found.sentence.en == (
        "You chose SD, stable disease; the measures give PD, progressive disease. "
        "Change your answer, or say why the measures do not hold."
    )


def test_a_new_lesion_is_progression(reminet):
    now = assessed(reminet, "31", "24", "20", "16", new_lesions="yes", response="PD")
    assert now.answers["computed"] == "PD"
    assert {"new_sites", "new_text"} <= now.visible
    assert "response.differs" not in fired(now)


def test_lesions_without_a_measure(reminet):
    small = {"state": "too_small"}
    now = assessed(reminet, small, {"state": "absent"}, "20", "9")
    assert [row["used_mm"] for row in now.answers["targets"]] == ["5.0", "0.0", "20.0", "9.0"]
    assert now.answers["sum_mm"] == "34.0"
    assert now.answers["target_response"] == "PR"
    assert "targets.r1.mm" not in now.visible
    missed = assessed(reminet, {"state": "not_imaged"}, "24", "20", "16", response="NE")
    assert "sum_mm" not in missed.answers
    assert missed.answers["target_response"] == "NE"
    assert missed.answers["evaluable"] == "no"
    assert fired(missed) == {}


def test_a_sum_with_a_missing_lesion_is_no_smallest(reminet):
    missed = assessed(reminet, {"state": "not_imaged"}, "24", "20", "16").answers
    now = assessed(reminet, "40", "24", "20", "16", earlier=[missed])
    assert now.answers["smallest_sum"] == "108.0"


def test_an_assessment_half_typed_says_nothing_of_the_response(reminet):
    now = assessed(reminet, "31", "24", response="SD")
    assert "target_response" not in now.answers
    assert "response.differs" not in fired(now)


def baseline(reminet, *found):
    rows = [
        {"id": f"r{i}", "organ": o, "site": "x", "mm": mm} for i, (o, mm) in enumerate(found, 1)
    ]
    return made(reminet, "RECIST_BASE", {"targets": rows})


def test_target_lesions_at_baseline(reminet):
    good = baseline(reminet, ("liver", "10"), ("liver", "42"), ("node", "15"), ("pancreas", "21"))
    assert not good.refused
    assert good.answers["sum_mm"] == "88.0"
    assert [row["node"] for row in good.answers["targets"]] == ["no", "no", "yes", "no"]
    assert fired(baseline(reminet, ("liver", "9"))) == {"targets.mm.measurable": "hard"}
    assert fired(baseline(reminet, ("node", "14.9"))) == {"targets.mm.measurable": "hard"}
    three = baseline(reminet, ("liver", "20"), ("liver", "21"), ("liver", "22"))
    assert fired(three) == {"targets.two_per_organ": "hard"}
    six = baseline(reminet, *((organ, "20") for organ in ("liver", "node", "bone") * 2))
    assert fired(six) == {"targets.rows": "hard"}


def test_laboratory_derivations(reminet):
    answers = {"sampled_on": "2019-01-30", "alt": 58, "bilirubin": "12.0", "creatinine": 80}
    lab = made(reminet, "LAB", answers, forms={"VITALS": {"weight": "66.0"}})
    assert lab.derived["alt_uln"] == "45"
    assert lab.derived["alt_times"] == "1.3"
    assert lab.derived["bilirubin_uln"] == "17.0"
    assert lab.derived["clearance"] == 67  # (140 - 62) x 66 x 1.04 / 80 = 66.9
    assert "ast_uln" not in lab.visible
    assert {"gastrin", "pregnancy_test"} & lab.visible == set()


def test_demography_asks_what_is_relevant(reminet):
    woman = made(reminet, "DEMOG", {"sex": "F", "childbearing": "possible"}, forms=SCR)
    assert {"childbearing", "breast_feeding", "contraception"} <= woman.visible
    after = made(reminet, "DEMOG", {"sex": "F", "childbearing": "menopause"}, forms=SCR)
    assert "contraception" not in after.visible
    man = made(reminet, "DEMOG", {"sex": "M", "birth_month": "1956-03"}, forms=SCR)
    assert {"childbearing", "breast_feeding"} & man.visible == set()
    assert "contraception" in man.visible
    assert man.derived["age"] == 62


def test_height_is_asked_once(reminet):
    assert "height" in made(reminet, "VITALS", {}).visible
    assert "height" not in made(reminet, "VITALS", {}, earlier=[{"height": 170}]).visible


def test_an_injection_not_given_asks_why_and_no_kit(reminet):
    given = made(reminet, "INJ", {"injection": "given"}).visible
    assert {"kit", "site"} <= given
    assert "reason" not in given
    not_given = made(reminet, "INJ", {"injection": "not_given"}).visible
    assert "reason" in not_given
    assert {"kit", "site"} & not_given == set()


def test_the_end_of_safety_follow_up(reminet):
    end = made(reminet, "EOT", EOT["EOT"]["EOT"])
    assert end.derived["safety_until"] == "2019-09-09"
