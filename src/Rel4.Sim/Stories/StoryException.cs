namespace Rel4.Sim.Stories;

/// <summary>Tells that a story went otherwise than it should.</summary>
internal sealed class StoryException : Exception
{
    public StoryException(string message, string history)
        : base($"{message}{Environment.NewLine}What happened so far:{Environment.NewLine}{history}")
    {
    }
}
