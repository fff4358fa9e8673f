package dev.slipway.cli;

import dev.slipway.sandbox.ScriptRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the command line says of scripts.
 *
 * @param isolation what keeps scripts that are root apart from the machine
 * @param kernel the kernel of a virtual machine; if empty, this machine's newest
 * @param modules the folder of that kernel's modules; if empty, the one of its version
 * @param network what of the network they see
 * @param timeout how long one may take; if empty, for ever
 * @param keepFailed whether the tree of one that has failed is kept
 * @param remembered whether results are kept, and used again where nothing has changed
 */
record ScriptOptions(
    Isolation isolation,
    Optional<Path> kernel,
    Optional<Path> modules,
    ScriptRun.Network network,
    Optional<Duration> timeout,
    boolean keepFailed,
    boolean remembered) {

  /** What keeps a script apart from the machine. */
  enum Isolation {
    /** The first of these that works here. */
    AUTO,
    /** The kernel's namespaces. */
    NAMESPACES,
    /** A virtual machine. */
    VM
  }

  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})([smh]?)");

  /**
   * Reads them.
   *
   * @throws UsageException if one has a value that it cannot have
   */
  static ScriptOptions of(Invocation invocation) throws UsageException {
    Optional<String> timeout = invocation.value(OptionName.SCRIPT_TIMEOUT);
    return new ScriptOptions(
        choice(invocation, OptionName.ISOLATION, Isolation.values(), Isolation.AUTO),
        invocation.value(OptionName.VM_KERNEL).map(Path::of),
        invocation.value(OptionName.VM_MODULES).map(Path::of),
        choice(invocation, OptionName.NETWORK, ScriptRun.Network.values(), ScriptRun.Network.NONE),
        timeout.isPresent() ? Optional.of(duration(timeout.get())) : Optional.empty(),
        invocation.has(OptionName.KEEP_FAILED),
        invocation.has(OptionName.CACHE_SCRIPTS));
  }

  private static <E extends Enum<E>> E choice(
      Invocation invocation, OptionName option, E[] values, E otherwise) throws UsageException {
    Optional<String> given = invocation.value(option);
    if (given.isEmpty()) {
      return otherwise;
    }
    for (E value : values) {
      if (spelling(value).equals(given.get())) {
        return value;
      }
    }
    List<String> known = Arrays.stream(values).map(ScriptOptions::spelling).toList();
    throw new UsageException(
        option.shown()
            + ": expected "
            + String.join(" or ", known)
            + ", found '"
            + given.get()
            + "'");
  }

  private static String spelling(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static Duration duration(String text) throws UsageException {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new UsageException(
          OptionName.SCRIPT_TIMEOUT.shown()
              + ": expected a number of seconds, or of minutes or hours with m or h behind, found '"
              + text
              + "'");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofSeconds(count);
    };
  }
}
