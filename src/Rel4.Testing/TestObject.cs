namespace Rel4.Testing;

/// <summary>An object of a test system's kernel that tasks are granted capabilities for.</summary>
public abstract class TestObject
{
    private readonly HashSet<ulong> _badges = [];

    private protected TestObject(string name, ulong slot) => (Name, Slot) = (name, slot);

    /// <summary>Gets its name.</summary>
    public string Name { get; }

    /// <summary>Gets where its capability lies in the supervisor's CNode.</summary>
    internal ulong Slot { get; }

    /// <summary>Takes a badge.</summary>
    /// <param name="wanted">The badge; 0 for one that nobody has.</param>
    internal ulong TakeBadge(ulong wanted)
    {
        ulong badge = wanted;
        for (int i = 0; badge == 0 || (wanted == 0 && _badges.Contains(badge)); i++)
            badge = NumberOf(i);
        _badges.Add(badge);
        return badge;
    }

    /// <summary>Gets the badge that is tried as the so-manieth.</summary>
    private protected abstract ulong NumberOf(int index);
}
