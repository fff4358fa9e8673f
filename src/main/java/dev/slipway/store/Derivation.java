package dev.slipway.store;

import dev.slipway.oci.CodePoints;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * How something is built: what a {@code .drv} file says (E. Dolstra, "The Purely Functional
 * Software Deployment Model", section 5.4; its form is that of ATerms). A file says it in exactly
 * one way, which is the only one that is read.
 *
 * @param outputs what it makes, by name
 * @param inputDerivations the derivations whose outputs it needs, with the names of these
 * @param inputSources the other store paths that it needs
 * @param system the machine that it is built on, {@code x86_64-linux} for instance
 * @param builder the program that builds it
 * @param arguments what the program is called with
 * @param environment the variables that the program finds
 */
public record Derivation(
    SortedMap<String, Output> outputs,
    SortedMap<StorePath, SortedSet<String>> inputDerivations,
    SortedSet<StorePath> inputSources,
    String system,
    String builder,
    List<String> arguments,
    SortedMap<String, String> environment) {
  /** The end of the names of store paths that hold derivations. */
  public static final String EXTENSION = ".drv";

  /** Larger than any derivation that Nix could have evaluated. */
  private static final int MOST_BYTES = 64 << 20;

  /**
   * One of the things that a derivation makes.
   *
   * @param path where it is put; empty if that is known only when it has been built
   * @param hashAlgorithm if its content is known beforehand or names it, how it is hashed ({@code
   *     sha256}, {@code r:sha256}), else empty
   * @param hash the hash in hex, if its content is known beforehand, else empty
   */
  public record Output(String path, String hashAlgorithm, String hash) {}

  /** Takes copies. */
  public Derivation {
    outputs = copy(outputs);
    SortedMap<StorePath, SortedSet<String>> inputs = new TreeMap<>();
    inputDerivations.forEach((path, names) -> {
      SortedSet<String> ordered = new TreeSet<>(CodePoints.ORDER);
      ordered.addAll(names);
      inputs.put(path, Collections.unmodifiableSortedSet(ordered));
    });
    inputDerivations = Collections.unmodifiableSortedMap(inputs);
    inputSources = Collections.unmodifiableSortedSet(new TreeSet<>(inputSources));
    arguments = List.copyOf(arguments);
    environment = copy(environment);
  }

  private static <V> SortedMap<String, V> copy(SortedMap<String, V> map) {
    SortedMap<String, V> copy = new TreeMap<>(CodePoints.ORDER);
    copy.putAll(map);
    return Collections.unmodifiableSortedMap(copy);
  }

  /**
   * The derivation that {@code path} holds.
   *
   * @throws ImageException if it is not in the store, or not a derivation
   * @throws IOException if it cannot be read
   */
  public static Derivation read(Store store, StorePath path) throws IOException {
    Path file = store.locate(path);
    byte[] text;
    try (InputStream in = Files.newInputStream(file)) {
      text = in.readNBytes(MOST_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new ImageException(path + " is not in the store", e);
    }
    if (text.length > MOST_BYTES) {
      throw new ImageException(path + " is too large for a derivation");
    }
    return parse(text, path.toString(), store.storeDir());
  }

  /**
   * Reads the text of a {@code .drv} file.
   *
   * @param what what it is called in messages
   * @param storeDir the logical store directory of the paths in it
   * @throws ImageException if it is not one; the message says where
   */
  public static Derivation parse(byte[] text, String what, String storeDir) throws ImageException {
    return new DerivationReader(text, what, storeDir).read();
  }

  /**
   * What stands for the path of an output in a derivation's own environment and arguments, where
   * that path is not known yet: {@code builtins.placeholder} in Nix, which puts the path in its
   * place before it builds ({@code hashPlaceholder} in {@code derivations.cc}).
   */
  public static String placeholder(String output) {
    byte[] text = ("nix-output:" + output).getBytes(StandardCharsets.UTF_8);
    return "/" + NixBase32.encode(Digest.of(text).toBytes());
  }

  /** The text of its file. */
  public String unparse() {
    StringBuilder out = new StringBuilder("Derive(");
    list(
        out,
        outputs.entrySet(),
        output -> {
          out.append('(');
          string(out, output.getKey());
          out.append(',');
          string(out, output.getValue().path());
          out.append(',');
          string(out, output.getValue().hashAlgorithm());
          out.append(',');
          string(out, output.getValue().hash());
          out.append(')');
        });
    out.append(',');
    list(
        out,
        inputDerivations.entrySet(),
        input -> {
          out.append('(');
          string(out, input.getKey().toString());
          out.append(',');
          list(out, input.getValue(), name -> string(out, name));
          out.append(')');
        });
    out.append(',');
    list(out, inputSources, path -> string(out, path.toString()));
    out.append(',');
    string(out, system);
    out.append(',');
    string(out, builder);
    out.append(',');
    list(out, arguments, argument -> string(out, argument));
    out.append(',');
    list(
        out,
        environment.entrySet(),
        variable -> {
          out.append('(');
          string(out, variable.getKey());
          out.append(',');
          string(out, variable.getValue());
          out.append(')');
        });
    return out.append(')').toString();
  }

  private static <T> void list(StringBuilder out, Collection<T> elements, Consumer<T> write) {
    out.append('[');
    boolean first = true;
    for (T element : elements) {
      if (!first) {
        out.append(',');
      }
      first = false;
      write.accept(element);
    }
    out.append(']');
  }

  private static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> out.append(c);
      }
    }
    out.append('"');
  }
}
