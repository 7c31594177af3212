namespace Rel4.Package.Tests;

/// <summary>Does what the pages say that are for trying out, with the packages of this build and nothing else.</summary>
public sealed class TutorialTests(Packages packages)
{
    [Theory]
    [InlineData("tutorial.md", 4)]
    [InlineData("hosting.md", 2)]
    [InlineData("plugins.md", 1)]
    [InlineData("testing.md", 1)]
    [InlineData("nats.md", 1)]
    public async Task Page_DoneInAnEmptyFolder_ShowsWhatItSays(string name, int outputs)
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Packages.Repository, "docs", name), TestContext.Current.CancellationToken);
        string folder = packages.Workspace;
        // Where a reader would be after each step.
        string folderFile = Path.Combine(packages.Feed, "folder");
        string output = "";
        int checks = 0;
        foreach (TutorialBlock block in TutorialBlock.ReadAll(page))
        {
            if (block.Info == "run")
            {
                output = await Shell.RunAsync(folder, packages.Environment, "bash", "-euc", $"{block.Text}\npwd > '{folderFile}'");
                folder = (await File.ReadAllTextAsync(folderFile, TestContext.Current.CancellationToken)).Trim();
            }
            else if (block.Info == "output")
            {
                Assert.All(block.Text.Split('\n'), line => Assert.Contains(line, output, StringComparison.Ordinal));
                checks++;
            }
            else if (block.Info.StartsWith("file=", StringComparison.Ordinal))
            {
                await File.WriteAllTextAsync(Path.Combine(folder, block.Info["file=".Length..]), block.Text, TestContext.Current.CancellationToken);
            }
            else
            {
                Assert.Fail($"A block is neither to be run, nor a file, nor output: {block}");
            }
        }

        Assert.True(checks >= outputs, $"only {checks} outputs were checked");
    }
}
