using System.Reflection;
using System.Text.RegularExpressions;
using Rel4.Runtime;

namespace Rel4.Repository.Tests;

/// <summary>Checks that the table of the interface in the documentation lists what is there, and nothing else.</summary>
public sealed partial class InterfaceTableTests
{
    private static readonly string Table = RepositoryFiles.Read("docs/interface.md");

    [Fact]
    public void Table_OfTheRawInterface_ListsEveryMethodOnce()
    {
        IEnumerable<string> methods = typeof(SeL4).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Select(method => $"SeL4.{method.Name}").Distinct().Order(StringComparer.Ordinal);

        IEnumerable<string> listed = Name().Matches(TableRowsOnly()).Select(match => match.Groups[1].Value)
            .Where(name => name.StartsWith("SeL4.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

        Assert.Equal(methods, listed);
    }

    [Fact]
    public void Table_OfTheHandles_NamesMembersThatExist()
    {
        Assembly runtime = typeof(SeL4).Assembly;

        string[] unknown =
        [
            .. Name().Matches(TableRowsOnly()).Select(match => match.Groups[1].Value).Distinct()
                .Where(name => name.Split('.') is [var type, var member]
                    && runtime.GetType($"Rel4.Runtime.{type}")?.GetMember(member) is null or []),
        ];

        Assert.Empty(unknown);
    }

    private static string TableRowsOnly() => string.Join('\n', Table.Split('\n').Where(line => line.StartsWith('|')));

    [GeneratedRegex(@"`([A-Z]\w+\.\w+)`")]
    private static partial Regex Name();
}
