package dev.slipway.build;

import dev.slipway.oci.CodePoints;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.store.Derivation;
import dev.slipway.store.Store;
import dev.slipway.store.StorePath;
import java.io.IOException;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a shell has to know of the derivation whose environment it offers.
 *
 * @param name the derivation's name
 * @param builder the program that builds it
 * @param arguments what that is called with
 * @param variables its environment, outputs included
 * @param passAsFile which of the variables are given to it as files
 * @param outputs the paths of its outputs
 * @param inputs the store paths that it needs, all valid
 */
public record ShellDerivation(
    String name,
    String builder,
    List<String> arguments,
    SortedMap<String, String> variables,
    Set<String> passAsFile,
    Set<String> outputs,
    Set<StorePath> inputs) {
  private static final String STRUCTURED = "__structuredAttrs";
  private static final String STRUCTURED_IN_FILES = "__json";
  private static final String PASS_AS_FILE = "passAsFile";
  private static final String OUTPUTS = "outputs";
  private static final String ARGS = "args";

  /** As many digits as Nix prints of a number that is not whole. */
  private static final int DIGITS = 6;

  /** Takes copies. */
  public ShellDerivation {
    arguments = List.copyOf(arguments);
    SortedMap<String, String> ordered = new TreeMap<>(CodePoints.ORDER);
    ordered.putAll(variables);
    variables = Collections.unmodifiableSortedMap(ordered);
    passAsFile = Set.copyOf(passAsFile);
    outputs = Set.copyOf(outputs);
    inputs = Set.copyOf(inputs);
  }

  /**
   * The derivation that a {@code .drv} file in the store says, and the outputs of others that it
   * needs.
   *
   * <p>Attributes that were null are not in such a file, so that they are no variables either.
   *
   * @throws ImageException if it is none, has structured attributes, or needs what is not valid in
   *     the store
   * @throws IOException if the store cannot be read
   */
  public static ShellDerivation read(Store store, StorePath path) throws IOException {
    String file = path.name();
    if (!file.endsWith(Derivation.EXTENSION)) {
      throw new ImageException(path + " is not a derivation: expected the path of a .drv file");
    }
    if (store.hasDatabase() && store.query(path).isEmpty()) {
      throw new ImageException(path + " is not valid in the store");
    }
    Derivation derivation = Derivation.read(store, path);
    String name = file.substring(0, file.length() - Derivation.EXTENSION.length());
    SortedMap<String, String> variables = new TreeMap<>(CodePoints.ORDER);
    variables.putAll(derivation.environment());
    if (variables.containsKey(STRUCTURED_IN_FILES)) {
      throw structured(name);
    }
    SortedMap<String, String> outputs = new TreeMap<>();
    for (Map.Entry<String, Derivation.Output> output : derivation.outputs().entrySet()) {
      outputs.put(output.getKey(), placed(path, output.getKey(), output.getValue()));
    }
    variables.putAll(outputs);
    variables.put(ARGS, String.join(" ", derivation.arguments()));
    return of(
        name,
        derivation.builder(),
        derivation.arguments(),
        variables,
        outputs,
        inputs(store, path, derivation));
  }

  /** The derivation, with the paths of its outputs in the place of what stands for them. */
  private static ShellDerivation of(
      String name,
      String builder,
      List<String> arguments,
      SortedMap<String, String> variables,
      SortedMap<String, String> outputs,
      Set<StorePath> inputs) {
    variables.replaceAll((_, value) -> filled(value, outputs));
    return new ShellDerivation(
        name,
        filled(builder, outputs),
        arguments.stream().map(argument -> filled(argument, outputs)).toList(),
        variables,
        words(variables.getOrDefault(PASS_AS_FILE, "")),
        Set.copyOf(outputs.values()),
        inputs);
  }

  private static String filled(String text, Map<String, String> outputs) {
    String filled = text;
    for (Map.Entry<String, String> output : outputs.entrySet()) {
      filled = filled.replace(Derivation.placeholder(output.getKey()), output.getValue());
    }
    return filled;
  }

  private static String placed(StorePath path, String name, Derivation.Output output)
      throws ImageException {
    if (output.path().isEmpty()) {
      throw new ImageException(
          "%s: where its output '%s' is put is known only when it has been built"
              .formatted(path, name));
    }
    return output.path();
  }

  private static Set<StorePath> inputs(Store store, StorePath path, Derivation derivation)
      throws IOException {
    SortedSet<StorePath> inputs = new TreeSet<>(derivation.inputSources());
    requireValid(store, path, derivation.inputDerivations().keySet(), "");
    for (Map.Entry<StorePath, SortedSet<String>> input : derivation.inputDerivations().entrySet()) {
      Derivation other = Derivation.read(store, input.getKey());
      for (String name : input.getValue()) {
        Derivation.Output output = other.outputs().get(name);
        if (output == null) {
          throw new ImageException(
              "%s needs the output '%s' of %s, which has none"
                  .formatted(path, name, input.getKey()));
        }
        inputs.add(StorePath.parse(store.storeDir(), placed(input.getKey(), name, output)));
      }
    }
    requireValid(store, path, inputs, ": build it first, with nix-store --realise or the like");
    return inputs;
  }

  private static void requireValid(
      Store store, StorePath path, Collection<StorePath> needed, String hint) throws IOException {
    if (!store.hasDatabase()) {
      return;
    }
    Set<StorePath> valid = store.query(needed).keySet();
    for (StorePath input : needed) {
      if (!valid.contains(input)) {
        throw new ImageException(
            "%s needs %s, which is not valid in the store%s".formatted(path, input, hint));
      }
    }
  }

  /**
   * A derivation of these attributes, as an expression has them before there is a {@code .drv} file
   * ({@code drvAttrs} in nixpkgs), together with the paths of its outputs.
   *
   * <p>{@code outputs} is a list of names, each of which is then an attribute that says the path,
   * or an object of names and paths; if it is missing, there is one output, {@code out}. All else
   * becomes a variable as Nix makes one of it: true becomes {@code 1}, false and null become
   * nothing, lists are joined by spaces, numbers that are not whole have six digits.
   *
   * @param store where the paths that the attributes name are looked up: they are what is needed
   * @param what what the attributes are called in messages
   * @throws ImageException if an attribute is missing or not what it should be, or the attributes
   *     are structured
   * @throws IOException if the store cannot be read
   */
  public static ShellDerivation of(JsonObject attributes, Store store, String what)
      throws IOException {
    SortedMap<String, String> variables = new TreeMap<>(CodePoints.ORDER);
    for (Map.Entry<String, JsonValue> attribute : attributes.members().entrySet()) {
      if (!attribute.getKey().equals(OUTPUTS) || !(attribute.getValue() instanceof JsonObject)) {
        variables.put(
            attribute.getKey(), text(attribute.getValue(), what + ": " + attribute.getKey()));
      }
    }
    String name = required(variables, "name", what);
    if (!variables.getOrDefault(STRUCTURED, "").isEmpty()) {
      throw structured(name);
    }
    SortedMap<String, String> outputs = new TreeMap<>();
    if (attributes.get(OUTPUTS) instanceof JsonObject paths) {
      for (Map.Entry<String, JsonValue> output : paths.members().entrySet()) {
        variables.put(output.getKey(), text(output.getValue(), what + ": outputs"));
      }
      variables.put(OUTPUTS, String.join(" ", paths.members().keySet()));
    }
    for (String output : words(variables.getOrDefault(OUTPUTS, "out"))) {
      outputs.put(output, required(variables, output, what));
    }
    List<String> arguments = new ArrayList<>();
    if (attributes.get(ARGS) instanceof JsonArray list) {
      for (JsonValue argument : list.elements()) {
        arguments.add(text(argument, what + ": args"));
      }
    } else if (!variables.getOrDefault(ARGS, "").isEmpty()) {
      throw new ImageException(what + ": args: expected a list");
    }
    NamedPaths texts = new NamedPaths(store);
    Set<StorePath> inputs = new TreeSet<>();
    for (String value : variables.values()) {
      inputs.addAll(texts.in(value));
    }
    inputs.removeIf(path -> outputs.containsValue(path.toString()));
    return of(name, required(variables, "builder", what), arguments, variables, outputs, inputs);
  }

  private static String required(Map<String, String> variables, String name, String what)
      throws ImageException {
    String value = variables.get(name);
    if (value == null || value.isEmpty()) {
      throw new ImageException(what + ": the attribute '" + name + "' is missing");
    }
    return value;
  }

  private static Set<String> words(String text) {
    Set<String> words = new TreeSet<>(Arrays.asList(text.split("\\s+", -1)));
    words.remove("");
    return words;
  }

  private static ImageException structured(String name) {
    return new ImageException(
        "streamNixShellImage: Does not work with the derivation "
            + name
            + " because it uses __structuredAttrs");
  }

  /** What Nix' {@code toString} makes of a value. */
  private static String text(JsonValue value, String what) throws ImageException {
    return switch (value) {
      case JsonString string -> string.value();
      case JsonNumber number ->
          number.isInteger()
              ? number.integer().toString()
              : number.decimal().setScale(DIGITS, RoundingMode.HALF_EVEN).toPlainString();
      case JsonBoolean bool -> bool.value() ? "1" : "";
      case JsonNull _ -> "";
      case JsonArray list -> {
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < list.elements().size(); i++) {
          JsonValue element = list.elements().get(i);
          joined.append(text(element, what));
          // Nix leaves out the space behind a list that is empty.
          boolean emptyList = element instanceof JsonArray inner && inner.elements().isEmpty();
          if (i < list.elements().size() - 1 && !emptyList) {
            joined.append(' ');
          }
        }
        yield joined.toString();
      }
      case JsonObject _ ->
          throw new ImageException(what + ": expected what becomes a string, found an object");
    };
  }
}
