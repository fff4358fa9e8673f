package dev.slipway.debian;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JqJson;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The file that pins packages, for each name of the image file and each architecture.
 *
 * @param paths what is pinned, by name
 */
public record LockFile(SortedMap<String, List<LockedPackages>> paths) {
  private static final String VERSION = "1";
  private static final Set<String> KEYS = Set.of("version", "debian");
  private static final Set<String> REQUEST_KEYS =
      Set.of("packages", "suite", "components", "architecture", "locked");
  private static final Set<String> PACKAGE_KEYS =
      Set.of("name", "version", "path", "size", "sha256", "depends");

  /** Takes a copy. */
  public LockFile {
    paths = Collections.unmodifiableSortedMap(new TreeMap<>(paths));
  }

  /** What is pinned for this name and request, if anything. */
  public Optional<LockedPackages> find(String name, DebianRequest request) {
    return paths.getOrDefault(name, List.of()).stream()
        .filter(locked -> locked.request().equals(request))
        .findFirst();
  }

  /** The document that {@link #parse} reads: the same for the same content. */
  public byte[] bytes() {
    JsonObject all = JsonObject.EMPTY;
    for (Map.Entry<String, List<LockedPackages>> path : paths.entrySet()) {
      all =
          all.with(
              path.getKey(),
              new JsonArray(path.getValue().stream().<JsonValue>map(LockFile::json).toList()));
    }
    return JqJson.write(
        JsonObject.EMPTY.with("version", new JsonNumber(VERSION)).with("debian", all));
  }

  private static JsonObject json(LockedPackages locked) {
    List<JsonValue> packages = new ArrayList<>();
    for (LockedPackage each : locked.packages()) {
      packages.add(
          JsonObject.EMPTY
              .with("name", each.name())
              .with("version", each.version())
              .with("path", each.path())
              .with("size", JsonNumber.of(each.size()))
              .with("sha256", each.digest().hex())
              .with("depends", JsonArray.ofStrings(each.needs())));
    }
    DebianRequest request = locked.request();
    return JsonObject.EMPTY
        .with("packages", JsonArray.ofStrings(request.packages()))
        .with("suite", request.suite())
        .with("components", JsonArray.ofStrings(request.components()))
        .with("architecture", request.architecture())
        .with("locked", new JsonArray(packages));
  }

  /**
   * Reads a lock file.
   *
   * @param what names it in errors
   * @throws ImageException if it is none
   */
  public static LockFile parse(byte[] document, String what) throws ImageException {
    Fields root = Fields.of(Json.parse(document, what, JsonLimits.FOREIGN), what);
    if (!root.number("version").equals(VERSION)) {
      throw new ImageException(
          what + ": expected version " + VERSION + ", found " + root.number("version"));
    }
    root.expect(KEYS);
    SortedMap<String, List<LockedPackages>> paths = new TreeMap<>();
    Fields debian = Fields.of(root.object().get("debian"), what + ": debian");
    for (String name : debian.object().members().keySet()) {
      List<LockedPackages> locked = new ArrayList<>();
      for (Fields each : debian.list(name)) {
        locked.add(locked(each));
      }
      paths.put(name, List.copyOf(locked));
    }
    return new LockFile(paths);
  }

  private static LockedPackages locked(Fields fields) throws ImageException {
    List<LockedPackage> packages = new ArrayList<>();
    fields.expect(REQUEST_KEYS);
    for (Fields each : fields.list("locked")) {
      each.expect(PACKAGE_KEYS);
      String digest = each.text("sha256");
      if (!Digest.isHex(digest)) {
        throw new ImageException(each.where() + ": sha256: expected 64 hex digits");
      }
      try {
        packages.add(
            new LockedPackage(
                each.text("name"),
                each.text("version"),
                each.text("path"),
                Long.parseLong(each.number("size")),
                new Digest(digest),
                each.texts("depends")));
      } catch (IllegalArgumentException e) {
        throw new ImageException(each.where() + ": " + e.getMessage(), e);
      }
    }
    try {
      return new LockedPackages(
          new DebianRequest(
              fields.texts("packages"),
              fields.text("suite"),
              fields.texts("components"),
              fields.text("architecture")),
          packages);
    } catch (IllegalArgumentException e) {
      throw new ImageException(fields.where() + ": " + e.getMessage(), e);
    }
  }

  /** An object whose fields are what they should be. */
  private record Fields(JsonObject object, String where) {
    static Fields of(@Nullable JsonValue value, String where) throws ImageException {
      if (!(value instanceof JsonObject object)) {
        throw new ImageException(where + ": expected an object");
      }
      return new Fields(object, where);
    }

    /** Refuses keys that mean nothing: one that was misspelt must not go unheard. */
    void expect(Set<String> keys) throws ImageException {
      for (String key : object.members().keySet()) {
        if (!keys.contains(key)) {
          throw new ImageException(where + ": " + key + ": there is no such key");
        }
      }
    }

    String text(String key) throws ImageException {
      if (!(object.get(key) instanceof JsonString text)) {
        throw new ImageException(where + ": " + key + ": expected a string");
      }
      return text.value();
    }

    String number(String key) throws ImageException {
      if (!(object.get(key) instanceof JsonNumber number)
          || !number.isInteger()
          || number.integer().signum() < 0
          || number.integer().bitLength() > 62) {
        throw new ImageException(where + ": " + key + ": expected a whole number");
      }
      return number.integer().toString();
    }

    List<String> texts(String key) throws ImageException {
      List<String> texts = new ArrayList<>();
      for (JsonValue element : array(key).elements()) {
        if (!(element instanceof JsonString text)) {
          throw new ImageException(where + ": " + key + ": expected strings");
        }
        texts.add(text.value());
      }
      return texts;
    }

    List<Fields> list(String key) throws ImageException {
      List<Fields> list = new ArrayList<>();
      for (JsonValue element : array(key).elements()) {
        list.add(of(element, where + ": " + key + "[" + list.size() + "]"));
      }
      return list;
    }

    private JsonArray array(String key) throws ImageException {
      if (!(object.get(key) instanceof JsonArray array)) {
        throw new ImageException(where + ": " + key + ": expected a list");
      }
      return array;
    }
  }
}
