using Rel4.Hosted.Composition;

namespace Rel4.Hosting;

/// <summary>A part of the system's composition, of which there is one for each call of <c>AddRel4</c>.</summary>
internal sealed record Rel4Composition(Action<IServiceProvider, SystemBuilder> Compose);
