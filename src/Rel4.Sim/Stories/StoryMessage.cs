namespace Rel4.Sim.Stories;

/// <summary>Is a message as a thread writes it.</summary>
internal sealed class StoryMessage
{
    public StoryMessage(ulong label, params ulong[] words)
    {
        Label = label;
        Words = words;
    }

    public ulong Label { get; }

    public ulong[] Words { get; }

    /// <summary>Gets the capabilities to send, as addresses in the sender's CSpace.</summary>
    public CPtr[] Caps { get; init; } = [];

    public override string ToString()
    {
        string caps = Caps.Length == 0 ? "" : $", with {string.Join(" ", Caps)}";
        return $"label {Label:x}, [{string.Join(" ", Words.Select(word => word.ToString("x")))}]{caps}";
    }
}
