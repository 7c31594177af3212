using System.Text.RegularExpressions;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Do the programs of docs/contracts.md do what it says?</summary>
[Collection(nameof(OneKernel))]
public sealed class ContractsPageTests
{
    [Fact]
    public void Programs_OfThePage_AreThoseTestedHere()
    {
        string[] files = ["ContractsPage.cs", "IShop.cs", "IImport.cs"];
        string tested = string.Join('\n', files.SelectMany(file => ReadTrimmed($"tests/Rel4.Contracts.Tests/{file}")));
        string page = string.Join('\n', ReadTrimmed("docs/contracts.md"));

        string[] blocks = [.. Regex.Matches(page, "```csharp\n(.*?)\n```", RegexOptions.Singleline).Select(block => block.Groups[1].Value)];

        Assert.Equal(7, blocks.Length);
        Assert.All(blocks.SelectMany(block => block.Split("\n\n")), part => Assert.Contains(part, tested, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_OfThePage_AreAnswered()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("server", ContractsPage.Server.Run).Grant("requests", requests, CapRights.Read | CapRights.Grant);
        builder.AddTask("client", ContractsPage.Client.Run).Grant("shop", requests, CapRights.Write | CapRights.Grant);
        EndpointDefinition imports = builder.AddEndpoint("imports");
        builder.AddTask("import-server", ContractsPage.ImportServer.Run).Grant("requests", imports, CapRights.Read | CapRights.Grant);
        builder.AddTask("import-client", ContractsPage.ImportClient.Run).Grant("import", imports, CapRights.Write | CapRights.Grant);
        EndpointDefinition visits = builder.AddEndpoint("visits");
        builder.AddTask("visits-server", ContractsPage.VisitsServer.Run).Grant("requests", visits, CapRights.Read | CapRights.Grant);
        builder.AddTask("visitor", ContractsPage.VisitsClient.Run).Grant("visits", visits, CapRights.Write | CapRights.Grant);
        builder.AddTask("other-visitor", ContractsPage.VisitsClient.Run).Grant("visits", visits, CapRights.Write | CapRights.Grant);
        var output = new Recorder();
        await using RunningSystem system = await builder.StartAsync(
            new SupervisionOptions { Output = output, GracePeriod = TimeSpan.FromMilliseconds(200) }, TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(() => output.Output.Count() == 7, () => output.All);

        Assert.Equal(["7.0", "There is no coffee."], output.Output.Where(line => line is "7.0" or "There is no coffee."));
        Assert.Equal(2, output.Output.Count(line => line == "2 visits"));
        Assert.Equal(["1000 lines so far", "2000 lines so far", "2500 lines"], output.Output.Where(line => line.Contains("lines", StringComparison.Ordinal)));
    }

    private static string[] ReadTrimmed(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Rel4.slnx")))
            folder = Path.GetDirectoryName(folder);
        return [.. File.ReadLines(Path.Combine(folder!, path)).Select(line => line.Trim())];
    }
}
