package dev.slipway.cli;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.message.Nearest;
import dev.slipway.store.Closure;
import dev.slipway.store.Collected;
import dev.slipway.store.LocalStore;
import dev.slipway.store.PathInfo;
import dev.slipway.store.ReferenceOrder;
import dev.slipway.store.Store;
import dev.slipway.store.StoreFault;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StorePath;
import dev.slipway.store.Stores;
import dev.slipway.store.WritableStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** {@code slipway store}: works on a store. */
final class StoreCommand implements Command {
  private static final List<String> ACTIONS = List.of("add", "closure", "verify", "gc");

  @Override
  public void run(Invocation invocation, Session session) throws IOException {
    List<String> words = invocation.words();
    if (words.size() < 2) {
      throw new UsageException("slipway store needs one of " + String.join(", ", ACTIONS));
    }
    String action = words.get(1);
    if (!ACTIONS.contains(action)) {
      throw new UsageException("no command 'store " + action + "'" + Nearest.hint(action, ACTIONS));
    }
    List<String> arguments = words.subList(2, words.size());
    ChosenStore chosen = ChosenStore.of(invocation, session);
    JsonOrText out = new JsonOrText(session.streams(), invocation.has(OptionName.JSON));
    switch (action) {
      case "add" -> add(arguments, chosen, out);
      case "closure" -> closure(arguments, chosen, out);
      case "verify" -> verify(arguments, chosen, out);
      default -> collect(arguments, chosen, session, out);
    }
  }

  private static void add(List<String> arguments, ChosenStore chosen, JsonOrText out)
      throws IOException {
    if (arguments.size() != 1) {
      throw new UsageException("slipway store add needs one PATH, found " + arguments.size());
    }
    Path source = Path.of(arguments.getFirst()).toAbsolutePath().normalize();
    Path name = source.getFileName();
    if (name == null) {
      throw new UsageException("slipway store add: '" + source + "' has no name");
    }
    try (Stores.ForBuild stores = chosen.openForBuild()) {
      StorePath path = stores.own().addPath(name.toString(), source);
      PathInfo info = stores.own().query(path).orElseThrow();
      out.write(() -> describe(info), () -> path + "\n");
    }
  }

  private static void closure(List<String> arguments, ChosenStore chosen, JsonOrText out)
      throws IOException {
    if (arguments.isEmpty()) {
      throw new UsageException("slipway store closure needs at least one PATH");
    }
    List<StorePath> roots = new ArrayList<>();
    for (String argument : arguments) {
      roots.add(StoreArgument.path(argument, chosen.settings().storeDir()));
    }
    try (Stores.ForBuild stores = chosen.openForBuild()) {
      Store store = stores.all();
      Closure closure = store.closure(roots);
      List<PathInfo> ordered = ReferenceOrder.of(closure);
      out.write(
          () -> new JsonArray(ordered.stream().map(StoreCommand::describe).toList()),
          () -> lines(ordered.stream().map(PathInfo::path).toList()));
    }
  }

  private static void verify(List<String> arguments, ChosenStore chosen, JsonOrText out)
      throws IOException {
    refuse(arguments, "verify");
    try (LocalStore store = Stores.open(chosen.local("slipway store verify"), chosen.settings())) {
      List<StoreFault> faults = store.verify(true);
      out.write(
          () ->
              new JsonArray(
                  faults.stream()
                      .<JsonValue>map(fault ->
                          JsonObject.EMPTY
                              .with("path", fault.path().toString())
                              .with("fault", fault.fault()))
                      .toList()),
          () -> lines(faults));
      if (!faults.isEmpty()) {
        throw new ImageException(
            faults.size() + (faults.size() == 1 ? " path is" : " paths are") + " damaged");
      }
    }
  }

  private static void collect(
      List<String> arguments, ChosenStore chosen, Session session, JsonOrText out)
      throws IOException {
    refuse(arguments, "gc");
    // Where nothing else is asked for, the store that builds add to is meant, never Nix's own.
    StoreLocation asked = chosen.local("slipway store gc");
    StoreLocation location =
        asked instanceof StoreLocation.Auto ? new StoreLocation.Embedded() : asked;
    try (WritableStore store = Stores.openWritable(location, chosen.settings())) {
      Collected collected = store.gc();
      out.write(
          () ->
              JsonObject.EMPTY
                  .with(
                      "paths",
                      JsonArray.ofStrings(
                          collected.paths().stream().map(StorePath::toString).toList()))
                  .with("bytes", JsonNumber.of(collected.bytes())),
          () -> lines(collected.paths()));
      int count = collected.paths().size();
      session.tell(
          "deleted %d %s, %s"
              .formatted(count, count == 1 ? "path" : "paths", Bytes.of(collected.bytes())));
    }
  }

  private static void refuse(List<String> arguments, String action) throws UsageException {
    if (!arguments.isEmpty()) {
      throw new UsageException(
          "slipway store " + action + " takes no argument, found '" + arguments.getFirst() + "'");
    }
  }

  private static String lines(Collection<?> values) {
    StringBuilder text = new StringBuilder();
    values.forEach(value -> text.append(value).append('\n'));
    return text.toString();
  }

  private static JsonValue describe(PathInfo info) {
    JsonObject object = JsonObject.EMPTY.with("path", info.path().toString());
    if (info.nar().isPresent()) {
      object =
          object
              .with("narHash", info.nar().get().digest().toString())
              .with("narSize", JsonNumber.of(info.nar().get().size()));
    }
    object =
        object.with(
            "references",
            JsonArray.ofStrings(
                info.references().stream().sorted().map(StorePath::toString).toList()));
    if (info.deriver().isPresent()) {
      object = object.with("deriver", new JsonString(info.deriver().get().toString()));
    }
    return object;
  }
}
