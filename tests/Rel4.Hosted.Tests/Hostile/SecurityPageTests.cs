namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Does the page say of the attacks what is so?</summary>
public sealed class SecurityPageTests
{
    private const string Heading = "| attacker | tries | may get | what stops it | test |";

    [Fact]
    public void Table_OfPeerAttacks_SaysWhatTheAttacksDeclare()
    {
        string[] expected = [.. ClientAttacks.All.Select(attack => attack.ToRow("client")), .. ServerAttacks.All.Select(attack => attack.ToRow("server"))];
        string[] written = [.. File.ReadLines(FindPage()).SkipWhile(line => line != Heading).Skip(2).TakeWhile(line => line.StartsWith('|'))];

        Assert.True(expected.SequenceEqual(written), $"docs/security.md must have this table:\n{Heading}\n| --- | --- | --- | --- | --- |\n{string.Join('\n', expected)}");
    }

    private static string FindPage()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.Combine(folder, "docs", "security.md") is { } page && File.Exists(page))
                return page;
        }

        throw new InvalidOperationException("docs/security.md is not above the tests.");
    }
}
