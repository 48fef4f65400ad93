"""managedFields in FieldsV1 form."""

from __future__ import annotations

from perfkit.mock.generator.managed import field_set, managed_entry


def test_fields_lists_and_members_have_their_own_marks() -> None:
    fields = {
        "metadata": {"labels": {"a": "1"}, "ownerReferences": [{"uid": "u", "name": "n"}]},
        "spec": {
            "containers": [{"name": "main", "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}],
            "tolerations": [{"key": "k"}],
        },
    }
    assert field_set(fields) == {
        "f:metadata": {
            "f:labels": {".": {}, "f:a": {}},
            "f:ownerReferences": {".": {}, 'k:{"uid":"u"}': {}},
        },
        "f:spec": {
            "f:containers": {
                'k:{"name":"main"}': {
                    ".": {},
                    "f:name": {},
                    "f:env": {
                        ".": {},
                        'k:{"name":"A"}': {".": {}, "f:name": {}, "f:valueFrom": {".": {}, "f:fieldRef": {}}},
                    },
                }
            },
            "f:tolerations": {},
        },
    }


def test_a_subresource_is_named_only_where_there_is_one() -> None:
    assert managed_entry("kubelet", "t", {}, "status")["subresource"] == "status"
    assert "subresource" not in managed_entry("kubectl", "t", {})
