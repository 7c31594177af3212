using System.Text.RegularExpressions;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.AspNetCore.Tests;

/// <summary>Do the programs of docs/streams.md do what it says?</summary>
[Collection(nameof(OneKernel))]
public sealed class StreamsPageTests
{
    [Fact]
    public void Programs_OfThePage_AreThoseTestedHere()
    {
        string tested = ReadTrimmed("tests/Rel4.AspNetCore.Tests/StreamsPage.cs");

        string[] blocks = [.. Regex.Matches(ReadTrimmed("docs/streams.md"), "```csharp\n(.*?)\n```", RegexOptions.Singleline).Select(block => block.Groups[1].Value)];

        Assert.Equal(6, blocks.Length);
        Assert.All(blocks.SelectMany(block => block.Split("\n\n")), part => Assert.Contains(part, tested, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Grpc_OfThePage_IsAnswered() => Assert.Equal(["{ \"value\": \"42\", \"badge\": \"7\" }"], await OutputOfClientAsync(StreamsPage.Compose()));

    [Fact]
    public async Task Connections_OfThePage_BringALineBack()
    {
        var builder = new SystemBuilder();
        EndpointDefinition lines = builder.AddEndpoint("lines");
        builder.AddTask("server", StreamsPage.LineServer.Run).Grant("lines", lines, CapRights.Read | CapRights.Grant);
        builder.AddTask("client", StreamsPage.LineClient.Run).Grant("lines", lines, CapRights.Write | CapRights.Grant);

        Assert.Equal(["a line", ""], await OutputOfClientAsync(builder));
    }

    private static async Task<string[]> OutputOfClientAsync(SystemBuilder builder)
    {
        var output = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(builder, output);
        await AsyncSystem.EndOfClientsAsync(system, output);
        return [.. output.Of(OutputKind.Output).Where(line => line.Task == "client").Select(line => line.Text)];
    }

    private static string ReadTrimmed(string path)
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Rel4.slnx")))
            folder = folder.Parent!;
        return string.Join('\n', File.ReadAllLines(Path.Combine(folder.FullName, path)).Select(line => line.Trim()));
    }
}
