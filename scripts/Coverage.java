import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Prints the coverage that JaCoCo measured, from its report in CSV form. */
void main(String[] args) throws IOException {
  Path report = Path.of(args[0]);
  if (Files.notExists(report)) {
    System.out.println("Coverage: not measured, as no test ran");
    return;
  }
  List<String[]> rows = Files.readAllLines(report).stream().map(r -> r.split(",")).toList();
  System.out.printf(
      Locale.ROOT,
      "Coverage: %.1f %% of instructions, %.1f %% of branches%n",
      percentCovered(rows, "INSTRUCTION"),
      percentCovered(rows, "BRANCH"));
}

private static double percentCovered(List<String[]> rows, String counter) {
  long missed = sum(rows, counter + "_MISSED");
  long covered = sum(rows, counter + "_COVERED");
  return missed + covered == 0 ? 100.0 : 100.0 * covered / (missed + covered);
}

private static long sum(List<String[]> rows, String column) {
  int index = List.of(rows.getFirst()).indexOf(column);
  return rows.stream().skip(1).mapToLong(row -> Long.parseLong(row[index])).sum();
}
