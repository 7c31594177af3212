using System.Reflection;
using System.Text.RegularExpressions;
using Rel4.Repository.Tests.Planted;

namespace Rel4.Repository.Tests;

/// <summary>Checks that the kernel core, and what it builds on, run without a runtime.</summary>
public sealed partial class FreestandingTests
{
    [Theory]
    [InlineData("Rel4.Abi")]
    [InlineData("Rel4.Kernel")]
    public void Code_OfTheCore_NeedsNoRuntime(string assembly)
    {
        string[] violations = [.. TypesOf(assembly).SelectMany(Freestanding.ViolationsOf)];

        Assert.True(violations.Length == 0, string.Join('\n', violations));
    }

    [Fact]
    public void Code_OfTheSynchronousInterface_NeedsNoRuntime()
    {
        HashSet<string> names =
        [
            .. RepositoryFiles.WithEnding(".cs").Where(file => file.StartsWith("src/Rel4.Runtime/Sync/", StringComparison.Ordinal))
                .SelectMany(file => TypeDeclaration().Matches(RepositoryFiles.Read(file)).Select(match => match.Groups[1].Value)),
        ];
        Assert.Contains("SeL4", names);

        string[] violations = [.. TypesOf("Rel4.Runtime").Where(type => names.Contains(type.Name)).SelectMany(Freestanding.ViolationsOf)];

        // The machine that installed itself, once; and the half that only .NET has, which throws, or finds another machine.
        Assert.Equal(
            ["Rel4.Runtime.UserMachine: _buffer is a static field", "Rel4.Runtime.UserMachine: _trap is a static field"],
            violations.Where(violation => !DotNetHalf().IsMatch(violation)).Order());
    }

    [Theory]
    [InlineData(typeof(NeedsRuntime.IsAClassWithInstances), "is a class with instances")]
    [InlineData(typeof(NeedsRuntime.TakesOrReturnsAReference), "ToString takes or returns a reference")]
    [InlineData(typeof(NeedsRuntime.HoldsAReference), "Field holds a reference")]
    [InlineData(typeof(NeedsRuntime.IsAStaticField), "Counter is a static field")]
    [InlineData(typeof(NeedsRuntime.UsesNewarr), "Run uses newarr")]
    [InlineData(typeof(NeedsRuntime.UsesBox), "Run uses box")]
    [InlineData(typeof(NeedsRuntime.UsesLdstr), "Run uses ldstr")]
    [InlineData(typeof(NeedsRuntime.UsesNewobj), "Run uses newobj")]
    [InlineData(typeof(NeedsRuntime.UsesThrow), "Run uses throw")]
    [InlineData(typeof(NeedsRuntime.HandlesExceptions), "Run handles exceptions")]
    [InlineData(typeof(NeedsRuntime.HasAReferenceInALocalVariable), "Run has a reference in a local variable")]
    public void Check_OfAPlantedViolation_FindsIt(Type planted, string violation) =>
        Assert.Contains($"{planted}: {violation}", Freestanding.ViolationsOf(planted));

    [Fact]
    public void Check_OfWhatIsAllowed_FindsNothing() => Assert.Empty(Freestanding.ViolationsOf(typeof(NeedsNoRuntime)));

    private static IEnumerable<Type> TypesOf(string assembly) =>
        // Attributes are for the compiler; nobody makes one at run time. Implementation details are constant data.
        Assembly.Load(assembly).GetTypes().Where(type =>
            !type.IsSubclassOf(typeof(Attribute))
            && !type.FullName!.StartsWith("<PrivateImplementationDetails>", StringComparison.Ordinal));

    [GeneratedRegex(@"^Rel4\.Runtime\.UserMachine: (Fail|FindBuffer)")]
    private static partial Regex DotNetHalf();

    [GeneratedRegex(@"^public .*\b(?:class|struct|enum) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
