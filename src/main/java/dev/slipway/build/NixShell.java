package dev.slipway.build;

import dev.slipway.oci.CodePoints;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.store.Closure;
import dev.slipway.store.Store;
import dev.slipway.store.StorePath;
import dev.slipway.store.TrivialBuilders;
import dev.slipway.store.WritableStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Makes a layered image of a derivation's environment: the files that its shell needs, and the
 * config that starts it. What variables there are follows nix-shell and Nix' builds (Nix, {@code
 * nix-build.cc} and {@code local-derivation-goal.cc}).
 */
final class NixShell {
  /** Where Nix builds in its sandbox. */
  private static final String BUILD = "/build";

  /** What a shell takes as it is. */
  private static final Pattern PLAIN = Pattern.compile("[0-9A-Za-z,._+:@%/-]+");

  private final NixShellArguments arguments;
  private final Store store;
  private final TrivialBuilders builders;
  private final Set<StorePath> wanted = new HashSet<>();

  private NixShell(
      NixShellArguments arguments, Store store, TrivialBuilders builders, Set<StorePath> named) {
    this.arguments = arguments;
    this.store = store;
    this.builders = builders;
    this.wanted.addAll(named);
  }

  /**
   * An image's arguments and what it holds besides.
   *
   * @param image the arguments
   * @param extras the rest
   */
  record Planned(LayeredImageArguments image, LayeredImagePlanner.Extras extras) {}

  /**
   * Plans the image.
   *
   * @param store where store paths are looked up
   * @param own the store that the image's own files are added to, which {@code store} spans
   */
  static Planned plan(NixShellArguments arguments, Store store, WritableStore own)
      throws IOException {
    arguments.check();
    NamedPaths texts = new NamedPaths(store);
    Set<StorePath> named = new HashSet<>(arguments.drv().inputs());
    NixShellArguments.Packages packages = arguments.packages();
    for (String text :
        List.of(
            arguments.shellPath(),
            packages.cacert(),
            packages.runtimeShell(),
            arguments.command().orElse(""),
            arguments.run().orElse(""))) {
      named.addAll(texts.in(text));
    }
    named.removeIf(path -> arguments.drv().outputs().contains(path.toString()));
    Closure candidates = store.closure(named);
    return new NixShell(
            arguments, store, new TrivialBuilders(own, store, candidates.paths()), named)
        .plan();
  }

  private Planned plan() throws IOException {
    List<String> contents =
        List.of(
            made(builders.binSh(arguments.packages().bashInteractive())),
            made(builders.usrBinEnv(arguments.packages().coreutils())),
            made(
                builders.fakeNss(
                    List.of(
                        "nixbld:x:%d:%d:Build user:%s:/noshell"
                            .formatted(
                                arguments.uid(), arguments.gid(), arguments.homeDirectory())),
                    List.of("nixbld:!:%d:".formatted(arguments.gid())))));
    String shell = arguments.shellPath();
    String path = shell.substring(0, shell.lastIndexOf('/')) + ":" + buildDerivation() + "/bin";
    String rcfile = made(builders.writeText("nix-shell-rc", startup(path)));
    List<String> command =
        arguments.run().isPresent() ? List.of(shell, rcfile) : List.of(shell, "--rcfile", rcfile);
    List<String> environment = new ArrayList<>();
    variables(path).forEach((name, value) -> environment.add(name + "=" + value));
    String user = arguments.uid() + ":" + arguments.gid();
    LayeredImageArguments.Builder image =
        LayeredImageArguments.named(arguments.imageName(), arguments.platform().architecture())
            .platform(arguments.platform())
            .contents(contents)
            .config(
                JsonObject.EMPTY
                    .with("User", new JsonString(user))
                    .with("Cmd", JsonArray.ofStrings(command))
                    .with("WorkingDir", new JsonString(BUILD))
                    .with("Env", JsonArray.ofStrings(environment)))
            .compressor(arguments.compressor());
    arguments.tag().ifPresent(image::tag);
    return new Planned(
        image.build(),
        new LayeredImagePlanner.Extras(
            wanted,
            arguments.drv().inputs(),
            // The user owns the store, as if they had installed Nix for themselves alone.
            List.of("nix", "nix/store", "nix/var", "nix/var/nix", "etc/nix", "build"),
            arguments.uid(),
            arguments.gid()));
  }

  private String made(StorePath path) {
    wanted.add(path);
    return path.toString();
  }

  private String buildDerivation() throws IOException {
    List<String> words = new ArrayList<>();
    words.add(quoted(arguments.drv().builder()));
    arguments.drv().arguments().forEach(argument -> words.add(quoted(argument)));
    return made(
        builders.writeShellScriptBin(
            "buildDerivation",
            "exec " + String.join(" ", words) + "\n",
            arguments.packages().runtimeShell()));
  }

  /** What the shell runs at its start. */
  private String startup(String path) {
    StringBuilder text = new StringBuilder();
    text.append("# Found again below, behind what this image has.\n");
    text.append("unset PATH\n");
    text.append("dontAddDisableDepTrack=1\n");
    text.append("if [ -e \"$stdenv/setup\" ]; then\n  source \"$stdenv/setup\"\nfi\n");
    text.append("PATH=").append(quoted(path)).append("${PATH:+:$PATH}\n");
    text.append("SHELL=").append(quoted(arguments.shellPath())).append('\n');
    text.append("BASH=").append(quoted(arguments.shellPath())).append('\n');
    text.append("set +e\n");
    text.append("if [ -n \"${PS1:-}\" ] && [ -z \"${NIX_SHELL_PRESERVE_PROMPT:-}\" ]; then\n");
    text.append("  PS1='\\n\\[\\033[1;32m\\][nix-shell:\\w]\\$\\[\\033[0m\\] '\nfi\n");
    text.append("if [ \"$(type -t runHook)\" = function ]; then\n  runHook shellHook\nfi\n");
    text.append("unset NIX_ENFORCE_PURITY\n");
    text.append("shopt -u nullglob\n");
    text.append("shopt -s execfail\n");
    Optional<String> command = arguments.command().or(arguments::run);
    command.ifPresent(typed -> text.append(typed).append("\nexit\n"));
    return text.toString();
  }

  /** The variables of the image's config, by name. */
  private Map<String, String> variables(String path) throws IOException {
    Map<String, String> variables = new TreeMap<>(CodePoints.ORDER);
    String certificates = arguments.packages().cacert() + "/etc/ssl/certs/ca-bundle.crt";
    variables.put("SSL_CERT_FILE", certificates);
    variables.put("NIX_SSL_CERT_FILE", certificates);
    variables.put("PATH", path);
    variables.put("HOME", arguments.homeDirectory());
    variables.put("NIX_STORE", store.storeDir());
    variables.put("NIX_BUILD_CORES", "1");
    ShellDerivation drv = arguments.drv();
    for (Map.Entry<String, String> variable : drv.variables().entrySet()) {
      String name = variable.getKey();
      if (drv.passAsFile().contains(name)) {
        variables.put(
            name + "Path", made(builders.writeText("pass-as-text-" + name, variable.getValue())));
      } else {
        variables.put(name, variable.getValue());
      }
    }
    for (String name : List.of("NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD")) {
      variables.put(name, BUILD);
    }
    variables.put("TERM", "xterm-256color");
    return variables;
  }

  /** A word of a shell command that stands for {@code text}. */
  private static String quoted(String text) {
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
