namespace Rel4.Metal.Tests;

/// <summary>Do the programs of docs/metal.md build and run, word for word?</summary>
public sealed class MetalPageTests(BuiltImages images)
{
    private static readonly string Page = Path.Combine(MetalBuild.Root, "docs", "metal.md");

    [Fact]
    public async Task Run_ProgramOfWritingATask_PrintsASlotAndPasses()
    {
        string image = await BuildAsync("hello", BlockOf("## Writing a task", "xml", 0), BlockOf("## Writing a task", "csharp", 0));

        ProgramRun run = await images.RunAsync("run", "--root", image);

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Matches(@"an endpoint in slot \d+", run.Output);
    }

    [Theory]
    [InlineData("qemu")]
    [InlineData("bochs")]
    public async Task Run_ProgramsOfTasksThatTalk_SignalCallAndLearnOfTheServersEnd(string machine)
    {
        (string root, string tasks) = await BuildTalkAsync();

        ProgramRun run = await images.RunAsync("run", "--machine", machine, "--cpus", "2", "--root", root, "--module", $"{tasks} talk");

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Matches(@"system calls: \d+", run.Output);
    }

    [Fact]
    public async Task Run_ProcessorOfATaskIsNotThere_NamesTheError()
    {
        (string root, string tasks) = await BuildTalkAsync();

        ProgramRun run = await images.RunAsync("run", "--root", root, "--module", $"{tasks} talk");

        Assert.True(run.ExitCode == 2, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("root task: giving a task a processor failed: IllegalOperation", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ModuleIsNotThere_NamesIt()
    {
        (string root, _) = await BuildTalkAsync();

        ProgramRun run = await images.RunAsync("run", "--root", root);

        Assert.True(run.ExitCode == 2, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("root task: there is no such module: talk", run.Output, StringComparison.Ordinal);
    }

    private static async Task<(string Root, string Tasks)> BuildTalkAsync()
    {
        const string Heading = "## Tasks that talk to each other";
        return (
            await BuildAsync("front", ProjectOf("front", "Broker/Broker.props"), BlockOf(Heading, "csharp", 0)),
            await BuildAsync("talk", ProjectOf("talk", "Async.props"), BlockOf(Heading, "csharp", 1)));
    }

    private static string ProjectOf(string name, string props) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <ImageName>{name}</ImageName>
          </PropertyGroup>
          <Import Project="../{props}" />
        </Project>
        """;

    /// <summary>Builds an image outside the folder where the page says that the project is, from which the repository's images are built. Below artifacts, sources have to be named.</summary>
    private static async Task<string> BuildAsync(string name, string project, string program)
    {
        string folder = Path.Combine(MetalBuild.Root, "artifacts", "page", name);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, $"{name}.csproj");
        string image = Path.Combine(folder, $"{name}.elf");
        File.Delete(image);
        project = project.Replace("../", "../../../src/Rel4.Metal/User/", StringComparison.Ordinal)
            .Replace("</Project>", """<ItemGroup><Compile Include="Program.cs" /></ItemGroup></Project>""", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, project, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program, TestContext.Current.CancellationToken);

        ProgramRun build = await MetalBuild.RunAsync(file, $"-p:ImageFile={image}");

        Assert.True(build.ExitCode == 0, $"It ended with {build.ExitCode}:\n{build.Output}{build.Errors}");
        return image;
    }

    /// <summary>Gets a block of code below a heading of the page.</summary>
    private static string BlockOf(string heading, string language, int number)
    {
        string fence = $"```{language}\n";
        string text = File.ReadAllText(Page);
        int at = text.IndexOf($"{heading}\n", StringComparison.Ordinal);
        Assert.True(at >= 0, $"The page has no {heading}.");
        for (int i = 0; i <= number; i++)
        {
            at = text.IndexOf(fence, at, StringComparison.Ordinal);
            Assert.True(at >= 0, $"The page has no {language} {number} below {heading}.");
            at += fence.Length;
        }

        return text[at..text.IndexOf("```", at, StringComparison.Ordinal)];
    }
}
