namespace Rel4.Testing;

/// <summary>An endpoint of a test system.</summary>
public sealed class TestEndpoint : TestObject
{
    internal TestEndpoint(string name, ulong slot)
        : base(name, slot)
    {
    }

    private protected override ulong NumberOf(int index) => (ulong)index + 1;
}
