package dev.slipway.cli;

import dev.slipway.oci.message.Nearest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds the command that a command line asks for. */
final class Commands {
  /** The options of commands that build images. */
  private static final List<OptionName> BUILDING =
      Stream.of(
              OptionName.SCRIPTS,
              OptionName.REGISTRIES,
              OptionName.CACHES,
              List.of(OptionName.FILE, OptionName.REFERENCES, OptionName.DEB_MIRROR))
          .flatMap(List::stream)
          .toList();

  private Commands() {}

  static void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    List<String> words = invocation.words();
    if (words.isEmpty()) {
      if (invocation.has(OptionName.HELP)) {
        session.streams().print(Help.general());
        return;
      }
      throw new UsageException("no command given; slipway --help lists them");
    }
    String name = words.getFirst();
    if (name.equals("help")) {
      session.streams().print(words.size() == 1 ? Help.general() : Help.of(checked(words.get(1))));
      return;
    }
    checked(name);
    if (invocation.has(OptionName.HELP)) {
      session.streams().print(Help.of(name));
      return;
    }
    invocation.allow(name, optionsOf(name));
    command(name).run(invocation, session);
  }

  /** The options of a command beside those that every command has. */
  static List<OptionName> optionsOf(String command) {
    return switch (command) {
      case "build", "plan" -> and(BUILDING, OptionName.OUT, OptionName.IMAGE_TAG);
      case "stream" -> and(BUILDING, OptionName.CONF, OptionName.TAG, OptionName.IMAGE_TAG);
      case "load" -> and(BUILDING, OptionName.TAG);
      case "pull" ->
          and(
              OptionName.REGISTRIES,
              OptionName.OUT,
              OptionName.NAME,
              OptionName.IMAGE_TAG,
              OptionName.OS,
              OptionName.ARCH,
              OptionName.HASH);
      case "prefetch" ->
          and(
              OptionName.REGISTRIES,
              OptionName.OS,
              OptionName.ARCH,
              OptionName.PREFETCH_NAME,
              OptionName.PREFETCH_TAG,
              OptionName.PREFETCH_DIGEST,
              OptionName.FINAL_NAME,
              OptionName.FINAL_TAG);
      case "push" ->
          and(
              BUILDING,
              OptionName.OS,
              OptionName.ARCH,
              OptionName.ALL,
              OptionName.ANNOTATION,
              OptionName.LABEL,
              OptionName.FORMAT,
              OptionName.COMPRESS);
      case "lock" ->
          List.of(
              OptionName.FILE,
              OptionName.ARCH,
              OptionName.TLS_VERIFY,
              OptionName.DEB_MIRROR,
              OptionName.DEB_KEYRING);
      case "inspect" ->
          and(
              and(OptionName.REGISTRIES, OptionName.CACHES.toArray(OptionName[]::new)),
              OptionName.FILE,
              OptionName.DEB_MIRROR,
              OptionName.OS,
              OptionName.ARCH,
              OptionName.RAW,
              OptionName.CONFIG);
      case "merge", "export" -> List.of(OptionName.OUT);
      case "store" -> and(OptionName.CACHES, OptionName.TLS_VERIFY);
      default -> List.of();
    };
  }

  private static List<OptionName> and(List<OptionName> more, OptionName... own) {
    List<OptionName> all = new ArrayList<>(List.of(own));
    all.addAll(more);
    return all;
  }

  private static String checked(String name) throws UsageException {
    if (!Help.NAMES.contains(name)) {
      throw new UsageException("no command '" + name + "'" + Nearest.hint(name, Help.NAMES));
    }
    return name;
  }

  private static Command command(String name) {
    return switch (name) {
      case "build" -> new BuildCommand();
      case "plan" -> new PlanCommand();
      case "stream" -> new StreamCommand();
      case "lock" -> new LockCommand();
      case "push" -> new PushCommand();
      case "load" -> new LoadCommand();
      case "pull" -> new PullCommand();
      case "prefetch" -> new PrefetchCommand();
      case "inspect" -> new InspectCommand();
      case "merge" -> new MergeCommand();
      case "export" -> new ExportCommand();
      case "tarsum" -> new TarSumCommand();
      default -> new StoreCommand();
    };
  }
}
