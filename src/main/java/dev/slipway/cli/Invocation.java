package dev.slipway.cli;

import dev.slipway.oci.message.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** A command line: a command, its arguments, and options that may stand anywhere. */
final class Invocation {
  private final CommandLine line;

  private Invocation(CommandLine line) {
    this.line = line;
  }

  /**
   * Reads a command line.
   *
   * @throws UsageException if an option is unknown or lacks its value
   */
  static Invocation parse(List<String> arguments) throws UsageException {
    Options options = new Options();
    for (OptionName name : OptionName.values()) {
      Option.Builder option =
          name.letter().isEmpty() ? Option.builder() : Option.builder(name.letter());
      if (!name.word().isEmpty()) {
        option.longOpt(name.word());
      }
      options.addOption(option.hasArg(!name.value().isEmpty()).get());
    }
    DefaultParser parser =
        DefaultParser.builder()
            .setAllowPartialMatching(false)
            .setStripLeadingAndTrailingQuotes(false)
            .get();
    try {
      Invocation invocation =
          new Invocation(parser.parse(options, arguments.toArray(String[]::new)));
      invocation.refuseEmpty();
      return invocation;
    } catch (UnrecognizedOptionException e) {
      throw unknown(e.getOption(), e);
    } catch (MissingArgumentException e) {
      OptionName name = OptionName.of(e.getOption()).orElseThrow();
      throw new UsageException(name.shown() + " needs its " + name.value(), e);
    } catch (ParseException e) {
      throw new UsageException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Nothing has an empty name: no file, no image, no command. */
  private void refuseEmpty() throws UsageException {
    if (words().contains("")) {
      throw new UsageException("an argument is empty");
    }
    for (OptionName name : OptionName.values()) {
      if (value(name).equals(Optional.of(""))) {
        throw new UsageException(name.shown() + " needs its " + name.value());
      }
    }
  }

  private static UsageException unknown(String token, UnrecognizedOptionException cause) {
    int sign = token.indexOf('=');
    String typed = sign < 0 ? token : token.substring(0, sign);
    List<String> known = new ArrayList<>();
    for (OptionName name : OptionName.values()) {
      known.addAll(name.spellings());
    }
    if (known.contains(typed)) {
      return new UsageException(typed + " takes no value", cause);
    }
    return new UsageException("no option " + typed + Nearest.hint(typed, known), cause);
  }

  /** What is no option and no option's value: the command first. */
  List<String> words() {
    return List.copyOf(line.getArgList());
  }

  boolean has(OptionName name) {
    return line.hasOption(name.key());
  }

  /** The value that was given last. */
  Optional<String> value(OptionName name) {
    String[] values = line.getOptionValues(name.key());
    return values == null ? Optional.empty() : Optional.of(values[values.length - 1]);
  }

  /** All values that were given. */
  List<String> values(OptionName name) {
    String[] values = line.getOptionValues(name.key());
    return values == null ? List.of() : List.of(values);
  }

  /** Refuses options that {@code command} does not have. */
  void allow(String command, List<OptionName> options) throws UsageException {
    for (OptionName name : OptionName.values()) {
      if (has(name) && !name.isGlobal() && !options.contains(name)) {
        throw new UsageException("slipway " + command + " has no option " + name.shown());
      }
    }
  }
}
