namespace Rel4.Testing;

/// <summary>A notification of a test system.</summary>
public sealed class TestNotification : TestObject
{
    internal TestNotification(string name, ulong slot)
        : base(name, slot)
    {
    }

    private protected override ulong NumberOf(int index) => 1UL << (index % 64);
}
