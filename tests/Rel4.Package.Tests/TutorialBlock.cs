namespace Rel4.Package.Tests;

/// <summary>Is a block of code in the tutorial.</summary>
/// <param name="Info">What stands behind the language: <c>run</c>, <c>file=NAME</c> or <c>output</c>.</param>
/// <param name="Text">What the block holds.</param>
internal sealed record TutorialBlock(string Info, string Text)
{
    private const string Fence = "```";

    /// <summary>Gets the blocks of a page in their order.</summary>
    public static IEnumerable<TutorialBlock> ReadAll(string page)
    {
        string? info = null;
        var lines = new List<string>();
        foreach (string line in page.Split('\n'))
        {
            if (!line.StartsWith(Fence, StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            if (info is not null)
                yield return new TutorialBlock(info, string.Join('\n', lines));
            info = info is null ? string.Join(' ', line[Fence.Length..].Split(' ').Skip(1)) : null;
            lines.Clear();
        }
    }
}
