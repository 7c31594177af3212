using System.Xml.Linq;

namespace Rel4.Cli.Testing;

/// <summary>Reads the file that xunit's <c>-xml</c> option writes when all tests of an assembly have run.</summary>
/// <remarks>The format is xunit.net's "xUnit.net v2+ XML"; see https://xunit.net/docs/format-xml-v2.</remarks>
internal static class ResultFile
{
    /// <summary>Reads the results, or returns null when the process did not live to write them.</summary>
    public static TestResult? TryRead(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
            return null;

        var document = XDocument.Load(path);
        XElement[] tests = [.. document.Descendants("test")];
        // A failure outside a test, such as a fixture that could not be disposed of, is an <error>.
        var failures = document.Descendants("error")
            .Concat(tests.Where(test => ResultOf(test) == "Fail"))
            .Select(ReadFailure);
        return new TestResult(tests.Count(test => ResultOf(test) == "Pass"), tests.Count(test => ResultOf(test) == "Skip"), [.. failures]);
    }

    private static string? ResultOf(XElement test) => (string?)test.Attribute("result");

    private static TestFailure ReadFailure(XElement element)
    {
        XElement? failure = element.Element("failure");
        return new TestFailure(
            (string?)element.Attribute("name") ?? (string?)element.Attribute("type") ?? "unnamed",
            (string?)failure?.Element("message") ?? "",
            (string?)failure?.Element("stack-trace") ?? "",
            (string?)element.Element("output") ?? "");
    }
}
