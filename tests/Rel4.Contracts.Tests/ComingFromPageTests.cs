using System.Text.RegularExpressions;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Do the programs of docs/coming-from.md do what it says?</summary>
[Collection(nameof(OneKernel))]
public sealed class ComingFromPageTests
{
    [Fact]
    public void Programs_OfThePage_AreThoseTestedHere()
    {
        string tested = string.Join('\n', ((string[])["ComingFromPage.cs", "IStock.cs", "IJobs.cs"]).SelectMany(file => ReadTrimmed($"tests/Rel4.Contracts.Tests/{file}")));

        // Others' programs are marked as "cs".
        string[] blocks = [.. Regex.Matches(string.Join('\n', ReadTrimmed("docs/coming-from.md")), "```csharp\n(.*?)\n```", RegexOptions.Singleline).Select(block => block.Groups[1].Value)];

        Assert.Equal(8, blocks.Length);
        Assert.All(blocks.SelectMany(block => block.Split("\n\n")), part => Assert.Contains(part, tested, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Programs_OfThePage_DoWhatItSays()
    {
        SystemBuilder builder = ComingFromPage.Compose();
        EndpointDefinition jobs = builder.AddEndpoint("jobs");
        builder.AddTask("producer", ComingFromPage.Producer.Run).Grant("jobs", jobs, CapRights.Read | CapRights.Grant);
        builder.AddTask("worker", ComingFromPage.Worker.Run).Grant("jobs", jobs, CapRights.Write | CapRights.Grant);
        var output = new Recorder();
        await using RunningSystem system = await builder.StartAsync(
            new SupervisionOptions { Output = output, GracePeriod = TimeSpan.FromMilliseconds(200) }, TestContext.Current.CancellationToken);

        await output.WaitForAsync("coffee");
        await output.WaitForAsync("jobs done");

        string[] lines = [.. output.Output];
        Assert.Equal(["3", "3 left", "2 left", "1 left", "0 left", "There is no coffee."], lines.Where(line => !line.Contains("took") && !line.Contains("jobs")));
        Assert.Matches(@"^QuantityAsync took 00:00:0\d\.\d+$", Assert.Single(lines, line => line.Contains("took", StringComparison.Ordinal)));
        Assert.Contains("1000 jobs done", lines);
    }

    private static string[] ReadTrimmed(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Rel4.slnx")))
            folder = Path.GetDirectoryName(folder);
        return [.. File.ReadLines(Path.Combine(folder!, path)).Select(line => line.Trim())];
    }
}
