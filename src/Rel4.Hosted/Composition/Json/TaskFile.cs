namespace Rel4.Hosted.Composition.Json;

/// <summary>A file with a task that is to be added to a running system.</summary>
/// <param name="Json">What is in it.</param>
/// <param name="Folder">Its folder, which relative paths in it start at.</param>
/// <param name="Source">What messages call it.</param>
internal sealed record TaskFile(string Json, string Folder, string Source);
