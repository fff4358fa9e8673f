package dev.slipway.layering;

import dev.slipway.layering.LayeringOperation.Flatten;
import dev.slipway.layering.LayeringOperation.LimitLayers;
import dev.slipway.layering.LayeringOperation.MapEach;
import dev.slipway.layering.LayeringOperation.Over;
import dev.slipway.layering.LayeringOperation.PathSpec;
import dev.slipway.layering.LayeringOperation.Pipe;
import dev.slipway.layering.LayeringOperation.PopularityContest;
import dev.slipway.layering.LayeringOperation.RemovePaths;
import dev.slipway.layering.LayeringOperation.Reverse;
import dev.slipway.layering.LayeringOperation.SplitEvery;
import dev.slipway.layering.LayeringOperation.SplitPaths;
import dev.slipway.layering.LayeringOperation.SubcomponentIn;
import dev.slipway.layering.LayeringOperation.SubcomponentOut;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.message.Nearest;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the argument {@code layeringPipeline}: a list of operations {@code [name, argument…]}. */
public final class LayeringPipeline {
  /** The argument's name, with which every message begins. */
  static final String NAME = "layeringPipeline";

  private static final List<String> OPERATIONS =
      List.of(
          "flatten",
          "limit_layers",
          "map",
          "over",
          "pipe",
          "popularity_contest",
          "remove_paths",
          "reverse",
          "split_every",
          "split_paths",
          "subcomponent_in",
          "subcomponent_out");

  private LayeringPipeline() {}

  /**
   * The operations that {@code value} lists.
   *
   * @param value of lists, maps, strings and integers, as JSON or YAML gives them
   * @throws ImageException if it is not a pipeline; the message begins with the place, as in {@code
   *     layeringPipeline[2].map: …}
   */
  public static List<LayeringOperation> parse(@Nullable Object value) throws ImageException {
    return operations(value, NAME);
  }

  /** What an operation is called in a pipeline. */
  static String name(LayeringOperation operation) {
    return switch (operation) {
      case Flatten() -> "flatten";
      case LimitLayers limit -> "limit_layers";
      case MapEach map -> "map";
      case Over over -> "over";
      case Pipe pipe -> "pipe";
      case PopularityContest() -> "popularity_contest";
      case RemovePaths remove -> "remove_paths";
      case Reverse() -> "reverse";
      case SplitEvery split -> "split_every";
      case SplitPaths split -> "split_paths";
      case SubcomponentIn subcomponent -> "subcomponent_in";
      case SubcomponentOut subcomponent -> "subcomponent_out";
    };
  }

  private static List<LayeringOperation> operations(@Nullable Object value, String place)
      throws ImageException {
    List<LayeringOperation> operations = new ArrayList<>();
    for (Object element : list(value, place, "a list of operations")) {
      operations.add(operation(element, place + "[" + operations.size() + "]"));
    }
    return operations;
  }

  private static LayeringOperation operation(@Nullable Object value, String outer)
      throws ImageException {
    List<?> call = list(value, outer, "an operation [name, argument…]");
    if (call.isEmpty()) {
      throw unexpected(outer, "the name of an operation", call);
    }
    String name = string(call.getFirst(), outer, "the name of an operation");
    String place = outer + "." + name;
    List<?> arguments = call.subList(1, call.size());
    switch (name) {
      case "flatten", "popularity_contest", "reverse" -> requireArguments(arguments, 0, place);
      case "over" -> requireArguments(arguments, 2, place);
      default -> {
        if (OPERATIONS.contains(name)) {
          requireArguments(arguments, 1, place);
        }
      }
    }
    return switch (name) {
      case "flatten" -> new Flatten();
      case "limit_layers" -> new LimitLayers(count(arguments.getFirst(), place));
      case "map" -> new MapEach(operation(arguments.getFirst(), place));
      case "over" ->
          new Over(
              string(arguments.getFirst(), place, "a key"), operation(arguments.getLast(), place));
      case "pipe" -> new Pipe(operations(arguments.getFirst(), place));
      case "popularity_contest" -> new PopularityContest();
      case "remove_paths" -> new RemovePaths(paths(arguments.getFirst(), place));
      case "reverse" -> new Reverse();
      case "split_every" -> new SplitEvery(count(arguments.getFirst(), place));
      case "split_paths" -> new SplitPaths(specs(arguments.getFirst(), place));
      case "subcomponent_in" -> new SubcomponentIn(paths(arguments.getFirst(), place));
      case "subcomponent_out" -> new SubcomponentOut(paths(arguments.getFirst(), place));
      default ->
          throw new ImageException(
              outer + ": unknown operation '" + name + "'" + Nearest.hint(name, OPERATIONS));
    };
  }

  private static List<PathSpec> specs(@Nullable Object value, String place) throws ImageException {
    List<PathSpec> specs = new ArrayList<>();
    for (Object element : list(value, place, "a list of paths")) {
      if (element instanceof Map<?, ?> map && map.size() == 1 && map.containsKey("children_of")) {
        specs.add(new PathSpec.ChildrenOf(paths(map.get("children_of"), place + ".children_of")));
      } else {
        specs.add(new PathSpec.Single(string(element, place, "a path or {children_of: paths}")));
      }
    }
    return specs;
  }

  /** A list of paths, or one path by itself. */
  private static List<String> paths(@Nullable Object value, String place) throws ImageException {
    if (value instanceof String path) {
      return List.of(path);
    }
    List<String> paths = new ArrayList<>();
    for (Object element : list(value, place, "a list of paths")) {
      paths.add(string(element, place, "a path"));
    }
    return paths;
  }

  private static int count(@Nullable Object value, String place) throws ImageException {
    BigInteger count =
        switch (value) {
          case Long number -> BigInteger.valueOf(number);
          case Integer number -> BigInteger.valueOf(number);
          case BigInteger number -> number;
          case null, default -> BigInteger.ZERO;
        };
    if (count.signum() <= 0) {
      throw unexpected(place, "an integer of at least 1", value);
    }
    return count.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValueExact();
  }

  private static String string(@Nullable Object value, String place, String expected)
      throws ImageException {
    if (value instanceof String string) {
      return string;
    }
    throw unexpected(place, expected, value);
  }

  private static List<?> list(@Nullable Object value, String place, String expected)
      throws ImageException {
    if (value instanceof List<?> list) {
      return list;
    }
    throw unexpected(place, expected, value);
  }

  private static void requireArguments(List<?> arguments, int count, String place)
      throws ImageException {
    if (arguments.size() != count) {
      throw new ImageException(
          "%s: expected %s, got %d"
              .formatted(
                  place,
                  switch (count) {
                    case 0 -> "no argument";
                    case 1 -> "1 argument";
                    default -> count + " arguments";
                  },
                  arguments.size()));
    }
  }

  private static ImageException unexpected(String place, String expected, @Nullable Object found) {
    String shown =
        switch (found) {
          case null -> "null";
          case String string -> "'" + string + "'";
          case Map<?, ?> map -> "a map";
          case List<?> list -> list.isEmpty() ? "an empty list" : "a list";
          default -> found.toString();
        };
    return new ImageException(place + ": expected " + expected + ", got " + shown);
  }
}
