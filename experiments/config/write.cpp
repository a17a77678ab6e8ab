// An experiment as YAML, with every default written out.
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

#include "experiments/config/experiment.hpp"
#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::experiments {
namespace {

// The shortest text that reads back as the same double; whole numbers without an exponent.
std::string shortest(double value) {
  constexpr double kWhole = 1e15;  // below it every digit counts
  const bool whole = value == std::floor(value) && std::abs(value) < kWhole;
  char buffer[32];
  const auto end =
      whole ? std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr
            : std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

class Writer {
 public:
  template <class T>
  void item(const char* key, const T& value) {
    out_ << YAML::Key << key << YAML::Value << value;
  }
  void item(const char* key, double value) {
    out_ << YAML::Key << key << YAML::Value << shortest(value);
  }
  template <class Body>
  void map(const char* key, const Body& body, bool flow = false) {
    out_ << YAML::Key << key << YAML::Value;
    map(body, flow);
  }
  template <class Body>
  void map(const Body& body, bool flow = false) {
    if (flow) out_ << YAML::Flow;
    out_ << YAML::BeginMap;
    body();
    out_ << YAML::EndMap;
  }
  template <class Body>
  void list(const char* key, const Body& body, bool flow = true) {
    out_ << YAML::Key << key << YAML::Value;
    if (flow) out_ << YAML::Flow;
    out_ << YAML::BeginSeq;
    body();
    out_ << YAML::EndSeq;
  }
  YAML::Emitter& raw() { return out_; }
  std::string text() const { return std::string{out_.c_str()} + "\n"; }

 private:
  YAML::Emitter out_;
};

void write_limits(Writer& out, const search::Limits& limits) {
  if (limits.macs) out.item("macs", *limits.macs);
  if (limits.params) out.item("params", *limits.params);
  if (limits.memory) out.item("memory", *limits.memory);
  if (limits.depth) out.item("depth", *limits.depth);
}

void write_augment(Writer& out, const nn::Augmentation& augment) {
  out.list("augment", [&] {
    if (augment.crop_pad > 0)
      out.map([&] { out.map("crop", [&] { out.item("pad", augment.crop_pad); }); });
    if (augment.flip) out.raw() << "flip";
    if (augment.erase > 0)
      out.map([&] {
        out.map("erase", [&] {
          out.item("probability", augment.erase);
          out.item("least", augment.erase_min);
          out.item("share", augment.erase_max);
        });
      });
  });
}

void write_optimizer(Writer& out, const nn::OptimizerOptions& o) {
  static constexpr const char* kNames[]{"sgd", "adam", "adamw", "rmsprop"};
  out.map(
      "optimizer",
      [&] {
        out.map(
            kNames[static_cast<int>(o.kind)],
            [&] {
              out.item("rate", o.rate);
              if (o.kind == nn::OptimizerKind::sgd || o.kind == nn::OptimizerKind::rmsprop)
                out.item("momentum", o.momentum);
              if (o.kind == nn::OptimizerKind::sgd) out.item("nesterov", o.nesterov);
              if (o.kind == nn::OptimizerKind::adam || o.kind == nn::OptimizerKind::adamw) {
                out.item("beta1", o.beta1);
                out.item("beta2", o.beta2);
              }
              if (o.kind == nn::OptimizerKind::rmsprop) out.item("alpha", o.alpha);
              if (o.kind != nn::OptimizerKind::sgd) out.item("epsilon", o.epsilon);
              out.item("weight_decay", o.weight_decay);
              out.item("clip", o.clip);
              out.item("ema", o.ema);
            },
            true);
      },
      true);
}

void write_schedule(Writer& out, const nn::Schedule& s) {
  static constexpr const char* kNames[]{"constant", "step", "cosine", "one_cycle"};
  out.map(
      "schedule",
      [&] {
        out.map(
            kNames[static_cast<int>(s.kind)],
            [&] {
              if (s.kind == nn::ScheduleKind::one_cycle) {
                out.item("peak_at", s.peak_at);
                out.item("start_factor", s.start_factor);
                out.item("end_factor", s.end_factor);
                return;
              }
              out.item("warmup", s.warmup);
              if (s.kind == nn::ScheduleKind::step) {
                out.item("gamma", s.gamma);
                out.item("every", s.every);
              }
              if (s.kind == nn::ScheduleKind::cosine) out.item("floor", s.floor);
            },
            true);
      },
      true);
}

void write_training(Writer& out, const nn::TrainOptions& train) {
  out.item("epochs", train.epochs);
  out.item("batch", train.batch);
  write_optimizer(out, train.optimizer);
  write_schedule(out, train.schedule);
  out.item("label_smoothing", train.label_smoothing);
  out.item("patience", train.patience);
  out.item("winograd", train.winograd);
  out.item("precision", std::string{kernels::name(train.precision)});
  if (!train.freeze.empty()) out.item("freeze", train.freeze);
}

void write_data(Writer& out, const DataConfig& data, const nn::Augmentation& augment) {
  out.map("data", [&] {
    out.item("dataset", data.dataset);
    if (!data.root.empty()) out.item("root", data.root);
    if (data.validation > 0) out.item("validation", data.validation);
    if (data.split) out.item("split", *data.split);
    if (data.hold_out_last) out.item("split", "last");
    out.item("limit", data.load.limit);
    write_augment(out, augment);
    const nn::CsvOptions& csv = data.load.csv;
    static constexpr const char* kKinds[]{"auto", "class", "number"};
    out.map("csv", [&] {
      if (!csv.column.empty()) out.item("target", csv.column);
      out.item("kind", kKinds[static_cast<int>(csv.target)]);
      out.item("test_share", csv.test_share);
    });
  });
}

void write_start(Writer& out, const Start& start) {
  if (!start.architecture) {
    out.raw() << start.name;
    return;
  }
  const YAML::Node network = YAML::Load(nn::to_yaml(*start.architecture));
  if (!start.weights) {
    out.raw() << network;
    return;
  }
  out.map([&] {
    out.item("model", start.weights->file);
    out.item("hash", start.weights->hash);
    out.item("from", start.name);
    out.item("network", network);
  });
}

void write_space(Writer& out, const SpaceConfig& space) {
  out.map("limits", [&] { write_limits(out, space.limits); });
  out.map("space", [&] {
    out.list(
        "start",
        [&] {
          for (const auto& start : space.starts) write_start(out, start);
        },
        false);
    out.map("edits", [&] {
      for (const auto& [name, weight] : space.edits) out.item(name.c_str(), weight);
    });
    out.item("channel_step", space.sites.channel_step);
    out.item("max_channels", space.sites.max_channels);
    out.item("max_nodes", space.sites.max_nodes);
    out.item("random_steps", space.random_steps);
  });
}

void write_search(Writer& out, const Experiment& experiment) {
  const auto& config = experiment.search;
  const auto& method = config.method;
  out.map("search", [&] {
    out.item("method", method.method);
    out.item("evaluations", config.evaluations);
    if (config.epochs > 0) out.item("epochs", config.epochs);
    out.item("lookahead", config.lookahead);
    out.item("ranking", std::string{search::name(experiment.objectives.ranking)});
    out.item("inherit", config.inherit);
    if (config.start_epochs > 0) out.item("start_epochs", config.start_epochs);
    out.item("quick_examples", config.quick_examples);
    out.item("dismiss", config.dismiss);
    if (config.halving)
      out.map("halving", [&] {
        out.item("least", config.halving->least);
        out.item("eta", config.halving->eta);
        out.item("kind", config.halving->asynchronous ? "asynchronous" : "synchronous");
        if (config.halving->bracket > 0) out.item("bracket", config.halving->bracket);
      });
    if (config.prescreen)
      out.map("prescreen", [&] {
        out.item("proxy", config.prescreen->proxy);
        out.item("of", config.prescreen->of);
        out.item("batch", config.prescreen->batch);
      });
    if (method.method == "genetic") {
      out.item("population", method.population);
      out.item("tournament", method.tournament);
      out.item("crossover", method.crossover);
    }
    if (method.method == "aging") {
      out.item("population", method.population);
      out.item("sample", method.sample);
    }
    if (method.method == "greedy") {
      out.item("improvement", method.first_improvement ? "first" : "best");
      out.item("from", method.from);
      out.item("restarts", method.restarts);
    }
  });
}

// How candidates and finalists are trained.
void write_candidates(Writer& out, const Experiment& experiment) {
  static constexpr const char* kInitializers[]{"he_normal", "he_uniform", "xavier_normal",
                                               "xavier_uniform"};
  out.map("train", [&] {
    write_training(out, experiment.train);
    out.item("init", kInitializers[static_cast<int>(experiment.init.kind)]);
    out.item("zero_gamma", experiment.init.zero_gamma);
  });
  out.map("final", [&] {
    const auto& picks = experiment.final.best_within;
    if (picks.empty())
      out.item("choose", experiment.final.choose);
    else
      out.list("choose", [&] {
        for (const auto& limits : picks)
          if (limits == search::Limits{})
            out.raw() << "best";
          else
            out.map([&] { write_limits(out, limits); });
      });
    out.item("seeds", experiment.final.seeds);
    out.item("threads", experiment.final.train.threads);
    out.list("start", [&] {
      for (const auto& start : experiment.final.start) out.raw() << start;
    });
    write_training(out, experiment.final.train);
    write_augment(out, experiment.final.train.augment);
  });
}

}  // namespace

std::string to_yaml(const Experiment& experiment) {
  Writer out;
  out.map([&] {
    out.item("name", experiment.name);
    out.item("seed", experiment.seed);
    if (!experiment.table)
      write_data(out, experiment.data, experiment.train.augment);
    else if (!experiment.data.root.empty())
      out.map("data", [&] { out.item("root", experiment.data.root); });
    out.list("objectives", [&] {
      for (const auto& objective : experiment.objectives.list)
        out.map([&] {
          out.item(objective.maximize ? "maximize" : "minimize", objective.metric);
          if (objective.weight != 1) out.item("weight", objective.weight);
          if (objective.target)
            out.map("target", [&] {
              out.item("at", objective.target->at);
              out.item("within", objective.target->within);
              out.item("beyond", objective.target->beyond);
            });
          if (objective.bound)
            out.item(objective.maximize ? "at_least" : "at_most", *objective.bound);
        });
    });
    if (!experiment.table) write_space(out, experiment.space);
    write_search(out, experiment);
    if (!experiment.table) write_candidates(out, experiment);
    out.map("parallel", [&] {
      if (experiment.parallel.workers == 0)
        out.item("workers", "auto");
      else
        out.item("workers", experiment.parallel.workers);
      out.item("threads_per_candidate", experiment.parallel.threads_per_candidate);
      out.item("oversubscribe", experiment.parallel.oversubscribe);
    });
    out.map("stop", [&] {
      out.item("minutes", experiment.minutes);
      out.item("stalled", experiment.stalled);
    });
  });
  return out.text() + (experiment.table ? to_yaml(*experiment.table) : "");
}

}  // namespace lamarck::experiments
