namespace Rel4.Testing;

/// <summary>Reports to a test that what it waits for can't come: all tasks wait, and no time limit or delay is left that could end a wait.</summary>
/// <param name="message">Who waits for what.</param>
public sealed class TestStandstillException(string message) : InvalidOperationException(message);
