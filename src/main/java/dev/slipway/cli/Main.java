package dev.slipway.cli;

/** The program. */
public final class Main {
  private Main() {}

  /** Runs the tool; see {@code --help}. */
  public static void main(String[] args) {
    System.out.println("slipway 0.1.0");
  }
}
