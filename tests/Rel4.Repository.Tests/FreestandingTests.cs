using System.Reflection;
using Rel4.Repository.Tests.Planted;

namespace Rel4.Repository.Tests;

/// <summary>Checks that the kernel core, and what it builds on, run without a runtime.</summary>
public sealed class FreestandingTests
{
    [Theory]
    [InlineData("Rel4.Abi")]
    [InlineData("Rel4.Kernel")]
    public void Code_OfTheCore_NeedsNoRuntime(string assembly)
    {
        string[] violations = [.. TypesOf(assembly).SelectMany(Freestanding.ViolationsOf)];

        Assert.True(violations.Length == 0, string.Join('\n', violations));
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
}
