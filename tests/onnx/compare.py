"""Runs every case of a folder in ONNX Runtime and compares its output with what is expected.

A case is NAME.onnx with NAME.input and NAME.expected, raw little-endian float32. Fails where
|found - expected| / max(1, |expected|) exceeds the tolerance anywhere.

usage: compare.py FOLDER TOLERANCE
"""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime


def worst_difference(case):
    onnx.checker.check_model(str(case), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(case), options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    image = given.shape[1:]
    inputs = np.fromfile(case.with_suffix(".input"), "<f4").reshape([-1, *image])
    expected = np.fromfile(case.with_suffix(".expected"), "<f4").reshape([len(inputs), -1])
    batch = len(inputs) if isinstance(given.shape[0], str) else given.shape[0]
    found = np.concatenate(
        [session.run(["output"], {given.name: inputs[i : i + batch]})[0]
         for i in range(0, len(inputs), batch)])
    if found.shape != expected.shape:
        sys.exit(f"{case.name}: shape {found.shape}, expected {expected.shape}")
    return np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)))


def main():
    folder, tolerance = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    cases = sorted(folder.glob("*.onnx"))
    worst = {case.name: worst_difference(case) for case in cases}
    bad = {name: value for name, value in worst.items() if not value <= tolerance}
    for name, value in bad.items():
        print(f"{name}: differs by {value:.3g}")
    print(f"{len(cases)} cases, worst {max(worst.values(), default=0):.3g}, {len(bad)} beyond {tolerance:g}")
    sys.exit(1 if bad or not cases else 0)


if __name__ == "__main__":
    main()
