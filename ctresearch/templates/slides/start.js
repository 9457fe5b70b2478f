Reveal.initialize({ hash: true, controls: true, progress: true, slideNumber: "c/t", center: false, width: 1280, height: 720, margin: 0.05, transition: "none" });
