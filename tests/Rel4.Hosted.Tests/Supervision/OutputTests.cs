using System.Globalization;
using System.IO.Pipes;
using System.Text;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Tests how the output of tasks is cut into lines and shown.</summary>
public sealed class OutputTests(ITestOutputHelper log) : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Theory]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\r\n\nb", new[] { "a", "", "b" })]
    [InlineData("", new string[0])]
    public void Split_OfText_GivesItsLines(string text, string[] lines)
    {
        Assert.Equal(lines, Split(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(lines, Split([.. Encoding.UTF8.GetBytes(text).Select(character => new[] { character })]));
    }

    [Fact]
    public void Split_OfALineWithoutEnd_CutsIt()
    {
        List<string> lines = Split(new byte[(2 * LineSplitter.LongestLine) + 1]);

        Assert.Equal([LineSplitter.LongestLine, LineSplitter.LongestLine, 1], lines.Select(line => line.Length));
    }

    [Fact]
    public async Task Read_OfAStreamThatItsWriterHasReadItself_DoesNotWait()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var watch = new DescriptorWatch("test");
        using var output = new TaskOutput(watch, pipe, _ => { });

        // What the watch does when it finds the stream readable, where by now it is not.
        Task<bool> read = Task.Run(output.Read, TestContext.Current.CancellationToken);

        Assert.True(await read.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.False(output.Ended.IsCompleted);
    }

    [Fact]
    public void Write_WithoutColors_PutsTheNameBeforeEachLine()
    {
        ConsoleOutput output = Open(OutputColors.None);

        output.Write(new OutputLine("store", OutputKind.Output, "ready"));
        output.Write(new OutputLine("gateway", OutputKind.Output, "busy"));
        output.Write(new OutputLine("store", OutputKind.Error, "full"));
        output.Write(new OutputLine("store", OutputKind.Report, "ended: exit code 3"));

        Assert.Equal("store   | ready\ngateway | busy\n", _output.ToString());
        Assert.Equal("store   | full\nstore   * ended: exit code 3\n", _error.ToString());
    }

    [Fact]
    public void Write_WithColors_GivesEachTaskItsOwn()
    {
        ConsoleOutput output = Open(OutputColors.Ansi);

        output.Write(new OutputLine("store", OutputKind.Output, "ready"));
        output.Write(new OutputLine("gateway", OutputKind.Output, "busy"));

        Assert.Equal("\e[36mstore   |\e[0m ready\n\e[33mgateway |\e[0m busy\n", _output.ToString());
    }

    [Fact]
    public void Write_OfControlCharacters_ShowsThemAndDoesNotObey()
    {
        Open(OutputColors.Ansi).Write(new OutputLine("nobody", OutputKind.Output, "\e]0;title\a\tx\u009b"));

        Assert.EndsWith(" \u241b]0;title\u2407\tx\ufffd\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access \u202egranted\u202c", "access <U+202E>granted<U+202C>")]
    [InlineData("\u2066a\u2069\u200f\u061c", "<U+2066>a<U+2069><U+200F><U+061C>")]
    [InlineData("sto\u200bre\ufeff\u00ad\u2060", "sto<U+200B>re<U+FEFF><U+00AD><U+2060>")]
    [InlineData("a\u2028store | forged\u2029", "a<U+2028>store | forged<U+2029>")]
    [InlineData("hidden\U000e0041\ufe0f\u3164", "hidden<U+E0041><U+FE0F><U+3164>")]
    [InlineData("\u05e9\u05dc\u05d5\u05dd, \u00e5ngstr\u00f6m, \U0001f600, e\u0301", "\u05e9\u05dc\u05d5\u05dd, \u00e5ngstr\u00f6m, \U0001f600, e\u0301")]
    public void Write_OfWhatIsNotSeen_NamesIt(string text, string shown)
    {
        Open(OutputColors.None).Write(new OutputLine("store", OutputKind.Output, text));

        Assert.Equal($"store   | {shown}\n", _output.ToString());
    }

    [Fact]
    public void Write_OfHalfACharacter_ShowsThatSomethingIsWrong()
    {
        Open(OutputColors.None).Write(new OutputLine("store", OutputKind.Output, "half " + '\ud83d'));

        Assert.Equal("store   | half \ufffd\n", _output.ToString());
    }

    /// <summary>Whatever bytes a task writes, each character that reaches the terminal has a look of its own.</summary>
    [Fact]
    public void Write_OfRandomBytes_ShowsNoCharacterThatIsNotSeen()
    {
        var random = new Random(Soak.Seed(log));
        for (int round = 0; round < 2000; round++)
        {
            var text = new StringBuilder();
            for (int i = 0; i < 20; i++)
                text.Append(new Rune(random.Next(0xD800) + (random.Next(2) * 0xE000)));
            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            foreach (string line in Split(bytes))
                Open(OutputColors.None).Write(new OutputLine("store", OutputKind.Output, line));
        }

        foreach (Rune rune in _output.ToString().Replace("\n", "", StringComparison.Ordinal).EnumerateRunes())
        {
            Assert.False(
                (Rune.IsControl(rune) && rune.Value != '\t') || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
                $"U+{rune.Value:X}");
        }
    }

    /// <summary>A terminal goes on with a long line in the next row, which then began with what the task wrote.</summary>
    [Theory]
    [InlineData(OutputColors.None, 40, "{0}")]
    [InlineData(OutputColors.Ansi, 40, "{0}")]
    [InlineData(OutputColors.None, 7, "{0}")]
    [InlineData(OutputColors.None, 40, "\u4e2d{0}")]
    [InlineData(OutputColors.None, 40, "\U0001f600{0}")]
    [InlineData(OutputColors.None, 40, "\t{0}")]
    public void Write_OfALongLineToATerminal_BeginsEachRowWithTheName(OutputColors colors, int columns, string form)
    {
        // Each padding leads the forged line to another column; one of them to the first, if a row goes on there.
        for (int padding = 0; padding <= columns; padding++)
        {
            string text = string.Format(CultureInfo.InvariantCulture, form, new string(' ', padding)) + "gateway | forged";
            _output.GetStringBuilder().Clear();

            Open(colors, columns).Write(new OutputLine("store", OutputKind.Output, text));

            string[] rows = _output.ToString().TrimEnd('\n').Replace("\e[36m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal).Split('\n');
            Assert.All(rows, row => Assert.StartsWith("store   | ", row, StringComparison.Ordinal));
            Assert.Equal(text, string.Concat(rows.Select(row => row["store   | ".Length..])));
            // Narrower than a name, a terminal shows one character of the text a row.
            Assert.All(rows, row => Assert.True(
                ColumnsOf(row) <= columns || new StringInfo(row["store   | ".Length..]).LengthInTextElements == 1, row));
        }
    }

    [Fact]
    public void Write_OfALongReportToATerminal_DimsEachRow()
    {
        Open(OutputColors.Ansi, 14).Write(new OutputLine("store", OutputKind.Report, "restarts"));

        Assert.Equal("\e[36mstore   *\e[0m \e[2mrest\e[0m\n\e[36mstore   *\e[0m \e[2marts\e[0m\n", _error.ToString());
    }

    [Fact]
    public void Write_OfALongLineElsewhere_LeavesItWhole()
    {
        string text = new(' ', LineSplitter.LongestLine);

        Open(OutputColors.None).Write(new OutputLine("store", OutputKind.Output, text));

        Assert.Equal($"store   | {text}\n", _output.ToString());
    }

    [Fact]
    public void Colors_OfRedirectedOutput_AreNone() => Assert.Equal(OutputColors.None, ConsoleOutput.ColorsFor(isRedirected: true));

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private static List<string> Split(params ReadOnlySpan<byte[]> parts)
    {
        var lines = new List<string>();
        var splitter = new LineSplitter(lines.Add);
        foreach (byte[] part in parts)
            splitter.Append(part);
        splitter.Finish();
        return lines;
    }

    /// <summary>Gets what xterm makes of the characters that are used here.</summary>
    private static int ColumnsOf(string row)
    {
        int columns = 0;
        foreach (Rune rune in row.EnumerateRunes())
            columns += rune.Value == '\t' ? 8 - (columns % 8) : rune.Value >= 0x1100 ? 2 : 1;
        return columns;
    }

    private ConsoleOutput Open(OutputColors colors, int columns = int.MaxValue) => new(
        ["store", "gateway"],
        new ConsoleOutput.Target(_output, colors, () => columns),
        new ConsoleOutput.Target(_error, colors, () => columns));
}
