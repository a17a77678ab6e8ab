// The rows of the table of edits, one a file.
#pragma once
#include "nn/edits/edit.hpp"

namespace lamarck::nn::detail {

extern const EditKind kWiden;
extern const EditKind kNarrow;
extern const EditKind kInsertConv;
extern const EditKind kInsertDense;
extern const EditKind kInsertResidual;
extern const EditKind kRemoveLayer;
extern const EditKind kGrowKernel;
extern const EditKind kShrinkKernel;
extern const EditKind kAddSkip;
extern const EditKind kRemoveSkip;
extern const EditKind kChangeActivation;
extern const EditKind kChangeStride;
extern const EditKind kChangePooling;
extern const EditKind kSeparate;
extern const EditKind kTrainGenes;

}  // namespace lamarck::nn::detail
