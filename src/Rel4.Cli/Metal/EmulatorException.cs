namespace Rel4.Cli.Metal;

/// <summary>Tells that a machine could not be run to the guest's own end, and why.</summary>
internal sealed class EmulatorException(string message) : Exception(message);
