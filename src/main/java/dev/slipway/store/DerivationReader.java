package dev.slipway.store;

import dev.slipway.oci.CodePoints;
import dev.slipway.oci.ImageException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads the text of a {@code .drv} file, once. */
final class DerivationReader {
  private final byte[] text;
  private final String what;
  private final String storeDir;
  private int at;

  DerivationReader(byte[] text, String what, String storeDir) {
    this.text = text;
    this.what = what;
    this.storeDir = storeDir;
  }

  Derivation read() throws ImageException {
    if (startsWith("DrvWithVersion(")) {
      throw new ImageException(what + " is a derivation of a newer form than is known");
    }
    expect("Derive(");
    SortedMap<String, Derivation.Output> outputs = new TreeMap<>(CodePoints.ORDER);
    list(() -> {
      int start = at;
      expect("(");
      String name = string();
      String path = next();
      String algorithm = next();
      String hash = next();
      expect(")");
      if (!path.isEmpty()) {
        storePath(path, start);
      }
      ordered(outputs, name, start);
      outputs.put(name, new Derivation.Output(path, algorithm, hash));
    });
    expect(",");
    SortedMap<StorePath, SortedSet<String>> inputs = new TreeMap<>();
    list(() -> {
      int start = at;
      expect("(");
      StorePath path = storePath(string(), start);
      expect(",");
      SortedSet<String> names = names();
      expect(")");
      if (!inputs.isEmpty() && inputs.lastKey().compareTo(path) >= 0) {
        throw unordered(start);
      }
      inputs.put(path, names);
    });
    expect(",");
    SortedSet<StorePath> sources = new TreeSet<>();
    list(() -> {
      int start = at;
      StorePath path = storePath(string(), start);
      if (!sources.isEmpty() && sources.last().compareTo(path) >= 0) {
        throw unordered(start);
      }
      sources.add(path);
    });
    String system = next();
    String builder = next();
    expect(",");
    List<String> arguments = new ArrayList<>();
    list(() -> arguments.add(string()));
    expect(",");
    SortedMap<String, String> environment = new TreeMap<>(CodePoints.ORDER);
    list(() -> {
      int start = at;
      expect("(");
      String name = string();
      String value = next();
      expect(")");
      ordered(environment, name, start);
      environment.put(name, value);
    });
    expect(")");
    if (at < text.length) {
      throw fault("nothing more");
    }
    return new Derivation(outputs, inputs, sources, system, builder, arguments, environment);
  }

  /** Reads an element. */
  private interface Element {
    void read() throws ImageException;
  }

  private void list(Element element) throws ImageException {
    expect("[");
    if (startsWith("]")) {
      at++;
      return;
    }
    while (true) {
      element.read();
      if (startsWith("]")) {
        at++;
        return;
      }
      expect(",");
    }
  }

  private SortedSet<String> names() throws ImageException {
    SortedSet<String> names = new TreeSet<>(CodePoints.ORDER);
    list(() -> {
      int start = at;
      String name = string();
      if (!names.isEmpty() && CodePoints.ORDER.compare(names.last(), name) >= 0) {
        throw unordered(start);
      }
      names.add(name);
    });
    return names;
  }

  private String next() throws ImageException {
    expect(",");
    return string();
  }

  private String string() throws ImageException {
    expect("\"");
    int start = at;
    byte[] plain = null;
    int length = 0;
    while (true) {
      if (at >= text.length) {
        throw fault("the end of a string");
      }
      byte c = text[at];
      if (c == '"') {
        break;
      }
      if (c == '\n' || c == '\r' || c == '\t') {
        throw fault("an escape for a control character");
      }
      if (c == '\\') {
        if (plain == null) {
          plain = new byte[end() - start];
          System.arraycopy(text, start, plain, 0, length);
        }
        at++;
        c = escaped();
      }
      if (plain != null) {
        plain[length] = c;
      }
      length++;
      at++;
    }
    at++;
    ByteBuffer bytes =
        plain == null ? ByteBuffer.wrap(text, start, length) : ByteBuffer.wrap(plain, 0, length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new ImageException("%s: offset %d: the string is not UTF-8".formatted(what, start), e);
    }
  }

  /** Where the string ends that is being read. */
  private int end() {
    int end = at;
    while (end < text.length && text[end] != '"') {
      end += text[end] == '\\' ? 2 : 1;
    }
    return Math.min(end, text.length);
  }

  private byte escaped() throws ImageException {
    if (at < text.length) {
      switch (text[at]) {
        case '"', '\\' -> {
          return text[at];
        }
        case 'n' -> {
          return '\n';
        }
        case 'r' -> {
          return '\r';
        }
        case 't' -> {
          return '\t';
        }
        default -> {}
      }
    }
    throw fault("one of \\\" \\\\ \\n \\r \\t");
  }

  private StorePath storePath(String path, int start) throws ImageException {
    try {
      return StorePath.parse(storeDir, path);
    } catch (IllegalArgumentException e) {
      throw new ImageException("%s: offset %d: %s".formatted(what, start, e.getMessage()), e);
    }
  }

  private void ordered(SortedMap<String, ?> before, String name, int start) throws ImageException {
    if (!before.isEmpty() && CodePoints.ORDER.compare(before.lastKey(), name) >= 0) {
      throw unordered(start);
    }
  }

  private ImageException unordered(int start) {
    return new ImageException("%s: offset %d: expected ascending order".formatted(what, start));
  }

  private boolean startsWith(String expected) {
    if (text.length - at < expected.length()) {
      return false;
    }
    for (int i = 0; i < expected.length(); i++) {
      if (text[at + i] != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void expect(String expected) throws ImageException {
    if (!startsWith(expected)) {
      throw fault(expected);
    }
    at += expected.length();
  }

  private ImageException fault(String expected) {
    return new ImageException(
        "%s: offset %d: not a derivation: expected %s".formatted(what, at, expected));
  }
}
